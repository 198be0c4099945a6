import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { EXPECTED, nodeBinary, ScratchProject } from '../package/scratch-project.js';

const project = new ScratchProject();
const node = (...args: string[]) => project.run(process.execPath, ...args);
const bin = (path: string) => join(project.path, 'node_modules', path);
const DONE = { status: 0, stdout: `${EXPECTED}\n`, stderr: '' };

beforeAll(() => {
  project.install(
    ...['esbuild@0.28.2', 'rollup@4.68.8', '@rollup/plugin-node-resolve@16.0.3', 'webpack@5.113.0', 'vite@8.4.0'],
    ...['jest@30.5.2', 'libsql@0.5.29'],
  );
}, 300_000);

const ESBUILD = ['--bundle', '--platform=node', '--log-level=warning'];

/** One file, which runs beside nothing but `libsql`, for that has a binary of its own. */
test.each([
  ['esm.mjs', 'esbuild', 'esm'],
  ['cjs.cjs', 'esbuild', 'cjs'],
  ['esm.mjs', 'webpack', 'cjs'],
  ['cjs.cjs', 'webpack', 'cjs'],
])('a program bundled from %s by %s, as %s', (entry, bundler, format) => {
  const name = `built/${bundler}-${entry}.${format === 'esm' ? 'mjs' : 'cjs'}`;
  const built = bundler === 'webpack' ? webpack(entry, name) : esbuild(entry, name, format);
  expect(`${built.stdout}${built.stderr}`.trim()).toBe('');
  expect(node(name, 'memory:')).toMatchObject(DONE);
  expect(node(name, `sqlite:${name.replace(/\W/g, '-')}.db`)).toMatchObject(DONE);
});

function esbuild(entry: string, name: string, format: string) {
  return node(bin('esbuild/bin/esbuild'), entry, ...ESBUILD, `--format=${format}`, `--outfile=${name}`);
}

function webpack(entry: string, name: string) {
  const settings = `{ mode: 'production', target: 'node', entry: './${entry}', output: { path: process.cwd(), filename: '${name}' } }`;
  const told = `stats.toString({ all: false, errors: true, warnings: true })`;
  return node('-e', `require('webpack')(${settings}, (error, stats) => console.log(String(error ?? ${told})))`);
}

test('a program bundled by rollup and by Vite', () => {
  const rollup = [bin('rollup/dist/bin/rollup'), 'esm.mjs', '-p', 'node-resolve', '-f', 'es', '--silent'];
  expect(node(...rollup, '--failAfterWarnings', '-o', 'built/rollup.mjs')).toMatchObject({ status: 0 });
  expect(node('built/rollup.mjs', 'memory:')).toMatchObject(DONE);
  project.write(
    'vite.config.mjs',
    `export default { build: { ssr: 'esm.mjs', outDir: 'built/vite' }, ssr: { noExternal: true } };`,
  );
  expect(node(bin('vite/bin/vite.js'), 'build')).toMatchObject({ status: 0 });
  expect(node('built/vite/esm.mjs', 'memory:')).toMatchObject(DONE);
});

test('a bundle says which package it lacks', () => {
  expect(esbuild('cjs.cjs', 'built/lacking.cjs', 'cjs').status).toBe(0);
  expect(node('built/lacking.cjs', 'redis://127.0.0.1:1').stderr).toContain('npm install ioredis');
});

describe('Jest 30', () => {
  const TEST = `test('merges', async () => {
    const tusker = createTusker('memory:');
    expect(await tusker.run('t', 1, () => 5)).toBe(5);
    await tusker.stop();
  });`;
  const JEST = bin('jest/bin/jest.js');
  beforeAll(() => {
    project.write('jest.config.cjs', `module.exports = { testMatch: ['**/*.jest.*'], testEnvironment: 'node' };`);
  });

  test('runs modules, and CommonJS that imports it, with --experimental-vm-modules', () => {
    project.write('module.jest.mjs', `import { createTusker } from 'tusker';\n${TEST}`);
    const loading = TEST.replace('async () => {', `async () => { const { createTusker } = await import('tusker');`);
    project.write('common.jest.cjs', loading);
    const { status, stderr } = node('--experimental-vm-modules', JEST, '--ci');
    expect(stderr).toContain('2 passed');
    expect(status).toBe(0);
  });

  test('requires it under Node 24.9 and newer, with the same option', () => {
    project.write('common.jest.cjs', `const { createTusker } = require('tusker');\n${TEST}`);
    const { status, stderr } = project.run(
      nodeBinary(24),
      '--experimental-vm-modules',
      JEST,
      '--ci',
      '--testPathPatterns',
      'common',
    );
    expect(stderr).toContain('1 passed');
    expect(status).toBe(0);
  }, 300_000);
});
