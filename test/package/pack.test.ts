import type { SpawnSyncReturns } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../subjects.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INSTALL = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];

function call(command: string, args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  const env = { ...process.env, TUSKER_URL: '', NODE_ENV: '', NODE_OPTIONS: '' };
  return spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000, env });
}

function must(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = call(command, args, cwd);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

/** The binary of a Node: the one running, or that of its npm package, kept in the temporary folder for the next run. */
function nodeBinary(major: number): string {
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

const HISTORY = `
  const tusker = createTusker(process.argv[2]);
  const songs = tusker.namespace('songs');
  await songs.run('song', 2, () => 'two');
  const lock = await songs.lock('song', 10);
  await lock.unlock('ten');
  await songs.close('song', { info: { room: 1 } });
  const claim = await songs.fetchReleased();
  await claim.complete({ room: claim.info.room, parts: await claim.results() });
  console.log(JSON.stringify(await songs.result('song', { timeout: 1000 })));
  await tusker.stop();
`;
const EXPECTED = '{"room":1,"parts":["two","ten"]}';

const project = temporaryFolder();
let tarball = '';

beforeAll(() => {
  tarball = join(project.path, must('npm', ['pack', '--silent', '--pack-destination', project.path], ROOT).trim());
  writeFileSync(join(project.path, 'package.json'), '{ "name": "scratch", "private": true }');
  must('npm', [...INSTALL, tarball], project.path);
  writeFileSync(join(project.path, 'esm.mjs'), `import { createTusker } from 'tusker';${HISTORY}`);
  const body = `(async () => {${HISTORY}})();`;
  writeFileSync(join(project.path, 'cjs.cjs'), `const { createTusker } = require('tusker');${body}`);
}, 300_000);
afterAll(() => project.remove());

describe.each([20, 22, 24])('the packed tarball in an empty project, under Node %s', (major) => {
  let binary = '';
  beforeAll(() => {
    binary = nodeBinary(major);
  }, 300_000);
  const node = (...args: string[]) => call(binary, args, project.path);

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
});

describe('a process', () => {
  const run = (body: string) => {
    const code = `import { createTusker } from 'tusker'; const tusker = createTusker('memory:'); ${body}`;
    const start = performance.now();
    const { status, stdout } = call(process.execPath, ['--input-type=module', '-e', code], project.path);
    return { status, stdout, ms: performance.now() - start };
  };

  test('ends by itself while it only holds a lock', () => {
    expect(run(`const lock = await tusker.lock('t', 1); void lock.signal; console.log('end')`)).toMatchObject({
      status: 0,
      stdout: 'end\n',
    });
  });

  test('is kept alive by a worker until that is stopped', () => {
    const body = `const worker = tusker.work(() => {}); setTimeout(() => worker.stop(), 700).unref(); console.log('up')`;
    const { status, stdout, ms } = run(body);
    expect([status, stdout]).toEqual([0, 'up\n']);
    expect(ms).toBeGreaterThan(700);
  });

  test('is kept alive by a wait for a result', () => {
    const body = `const error = await tusker.result('t', { timeout: 300 }).catch((e) => e); console.log(error.code)`;
    expect(run(body)).toMatchObject({ status: 0, stdout: 'TIMEOUT\n' });
  });
});

test('with libsql installed the file opens on every Node', () => {
  const manifest = join(ROOT, 'node_modules/libsql/package.json');
  expect(existsSync(manifest)).toBe(true);
  const inRepository = call(
    process.execPath,
    [
      '-e',
      `import('tusker').then(async ({ createTusker }) => {
    const tusker = createTusker('sqlite:${join(project.path, 'with-libsql.db')}');
    console.log((await tusker.stats()).open); await tusker.stop(); })`,
    ],
    ROOT,
  );
  expect(inRepository).toMatchObject({ status: 0, stdout: '0\n' });
});

test('the types work for a consumer on TypeScript 5.9, strict, without extra libraries', () => {
  must('npm', [...INSTALL, 'typescript@5.9.3', '@types/node@20.19.43'], project.path);
  const options = {
    strict: true,
    module: 'nodenext',
    moduleResolution: 'nodenext',
    target: 'es2022',
    lib: ['es2022'],
    noEmit: true,
    skipLibCheck: false,
    types: ['node'],
  };
  writeFileSync(join(project.path, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['use.mts'] }));
  const code = `
    import { createTusker, isTuskerError, type Lock } from 'tusker';
    import { memoryStore } from 'tusker/memory';
    import { sqliteStore } from 'tusker/sqlite';
    import { initialize } from 'tusker/classic';
    import { conformanceCases, ManualClock } from 'tusker/testing';
    const tusker = createTusker<{ info: { room: number }; unit: { key: string }; result: { url: string } }>({ store: memoryStore({ clock: new ManualClock() }) });
    const part: { key: string } = await tusker.run('t', 1, ({ signal, token }) => ({ key: String(token) + signal.aborted }));
    const lock: Lock<{ key: string }> = await tusker.lock('t', 2);
    // @ts-expect-error a unit's result has a key
    await lock.unlock({ keys: 1 });
    tusker.work(async ({ info, results }) => ({ url: String(info.room) + (await results()).map(({ key }) => key).join() }));
    const { url } = await tusker.result('t');
    if (isTuskerError(part, 'BUSY')) console.log(url.length, sqliteStore, initialize, conformanceCases.length);
  `;
  writeFileSync(join(project.path, 'use.mts'), code);
  const tsc = join(project.path, 'node_modules/typescript/bin/tsc');
  expect(call(process.execPath, [tsc, '-p', '.'], project.path)).toMatchObject({ status: 0, stdout: '' });
}, 300_000);
