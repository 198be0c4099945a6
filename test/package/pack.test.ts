import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { call, ScratchProject, worksUnder } from './scratch-project.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAJOR = Number.parseInt(process.versions.node, 10);
const project = new ScratchProject();

describe(`the packed tarball in an empty project, under Node ${MAJOR}`, () =>
  worksUnder(MAJOR, project, () => process.execPath));

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
