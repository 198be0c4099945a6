/** Projects of a user, who installs what `npm pack` made. */
import type { SpawnSyncReturns } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shared } from '../harness/shared.js';
import { temporaryFolder } from '../subjects.js';

const INSTALL = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];

export function call(command: string, args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  const env = { ...process.env, TUSKER_URL: '', NODE_ENV: '', NODE_OPTIONS: '' };
  return spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000, env });
}

/** @throws Error with what the program printed */
export function must(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = call(command, args, cwd);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

const HISTORY = `
  const tusker = createTusker(process.argv[2]);
  const songs = tusker.namespace('songs');
  await songs.run('song', 2, () => 'two');
  const lock = await songs.lock('song', 10);
  await lock.unlock('ten');
  await songs.close('song', { info: { room: 1 } });
  const claim = await songs.fetchReleased();
  await claim.complete({ room: claim.info.room, parts: await claim.results() });
  console.log(JSON.stringify(await songs.result('song', { timeout: 10_000 })));
  await tusker.stop();
`;
export const EXPECTED = '{"room":1,"parts":["two","ten"]}';

/** An empty project of this file of tests, in which the package is installed from its tarball. */
export class ScratchProject {
  readonly #folder = temporaryFolder();

  constructor() {
    beforeAll(async () => {
      const { path: tarball } = await shared('tarball');
      this.write('package.json', '{ "name": "scratch", "private": true }');
      this.install(tarball);
      this.write('esm.mjs', `import { createTusker } from 'tusker';${HISTORY}`);
      this.write('cjs.cjs', `const { createTusker } = require('tusker');(async () => {${HISTORY}})();`);
    }, 300_000);
    afterAll(() => this.#folder.remove());
  }

  get path(): string {
    return this.#folder.path;
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text);
  }

  install(...packages: string[]): void {
    must('npm', [...INSTALL, ...packages], this.path);
  }

  run(program: string, ...args: string[]): SpawnSyncReturns<string> {
    return call(program, args, this.path);
  }
}

/** The binary of a Node: the one running, or that of its npm package, kept in the temporary folder for the next run. */
export function nodeBinary(major: number): string {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const folder = join(tmpdir(), `tusker-node-${major}`);
  const binary = join(folder, 'node_modules/node/bin/node');
  if (!existsSync(binary)) {
    rmSync(folder, { recursive: true, force: true }); // what an interrupted run left
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }');
    const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts=false', '--loglevel=error'];
    must('npm', [...install, `node@${major}`], folder);
  }
  expect(must(binary, ['--version'], folder)).toMatch(new RegExp(`^v${major}\\.`));
  return binary;
}

/** What the package promises under a Node of this major version. */
export function worksUnder(major: number, project: ScratchProject, binary: () => string): void {
  const node = (...args: string[]): SpawnSyncReturns<string> => project.run(binary(), ...args);

  test('works with import', () => {
    expect(node('esm.mjs', 'memory:')).toMatchObject({ status: 0, stdout: `${EXPECTED}\n` });
  });

  test('works with require', () => {
    expect(node('cjs.cjs', 'memory:')).toMatchObject({ status: 0, stdout: `${EXPECTED}\n` });
  });

  test('opens a file, or says exactly what to install', () => {
    const { status, stdout, stderr } = node('esm.mjs', `sqlite:node-${major}.db`);
    if (major === 20) expect([status, stderr]).toEqual([1, expect.stringContaining('npm install libsql')]);
    else expect({ status, stdout }).toEqual({ status: 0, stdout: `${EXPECTED}\n` });
  });

  test('has entries for stores, classic and testing', () => {
    const names = ['memory', 'sqlite', 'redis', 'classic', 'dashboard', 'telemetry', 'testing'].map(
      (name) => `tusker/${name}`,
    );
    const code = `Promise.all(${JSON.stringify(names)}.map((n) => import(n))).then((m) => console.log(m.length))`;
    expect(node('-e', code)).toMatchObject({ status: 0, stdout: `${names.length}\n` });
    const required = `console.log(typeof require('tusker').initialize, typeof require('tusker/classic').initialize)`;
    expect(node('-e', required)).toMatchObject({ status: 0, stdout: 'function function\n' });
  });
}
