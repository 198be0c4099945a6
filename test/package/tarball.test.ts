/** What users download: how much it is, and what they find in it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { shared } from '../harness/shared.js';
import { temporaryFolder } from '../subjects.js';

const MOST = 400_000; // bytes

let tarball: string;
let root: string;
let files: string[];
beforeAll(async () => {
  tarball = (await shared('tarball')).path;
  const folder = temporaryFolder();
  expect(spawnSync('tar', ['xzf', tarball, '-C', folder.path]).status).toBe(0);
  root = join(folder.path, 'package');
  files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(root, path)).isFile(),
  );
  return () => folder.remove();
}, 120_000);

const text = (path: string) => readFileSync(join(root, path), 'utf8');
const ofKind = (ending: string) => files.filter((path) => path.startsWith('dist/') && path.endsWith(ending));

test(`the tarball is below ${MOST / 1000} kB`, () => {
  const sizes = files.map((path) => ({ path, bytes: gzipSync(readFileSync(join(root, path)), { level: 9 }).length }));
  const biggest = sizes.sort((one, other) => other.bytes - one.bytes).slice(0, 12);
  const named = biggest.map(({ path, bytes }) => `  ${path} ${(bytes / 1000).toFixed(1)} kB`).join('\n');
  const { size } = statSync(tarball);
  expect(size, `${size} bytes. The biggest, packed each by itself:\n${named}`).toBeLessThan(MOST);
});

test('each link of the README leads to a file of the package', () => {
  const links = [...text('README.md').matchAll(/\]\(([^)#\s]+)/g)].map(([, target]) => target as string);
  const missing = links.filter((target) => !/^https?:/.test(target) && !files.includes(target));
  expect(links.length).toBeGreaterThan(10);
  expect(missing).toEqual([]);
});

test('the types are those that the doors lead to, with their comments and without the library of Redis', () => {
  const types = ofKind('.d.ts');
  expect(types).toContain('dist/client/lock.d.ts');
  expect(types.filter((path) => /\/(cli|demo|lua)\/|generated/.test(path))).toEqual([]);
  expect(text('dist/tusker.d.ts')).toContain('/** How many calls may wait for the store before `BusyError`. ');
  expect(types.filter((path) => text(path).includes('#!lua'))).toEqual([]);
});

test('the JavaScript has no comments and no maps, and lines that a stack can name', () => {
  const scripts = ofKind('.js').filter((path) => !path.includes('assets'));
  for (const path of scripts) {
    expect([path, /^\s*\/\*\*|sourceMappingURL/m.test(text(path))]).toEqual([path, false]);
    // Texts of help and of Lua are the longest.
    expect([
      path,
      Math.max(
        ...text(path)
          .split('\n')
          .map(({ length }) => length),
      ) < 3000,
    ]).toEqual([path, true]);
  }
});

test('an error has the name under which its class is exported, and a stack that names functions and lines', async () => {
  const tusker = (await import(pathToFileURL(join(root, 'dist/index.js')).href)) as typeof import('../../src/index.js');
  const classes = Object.entries(tusker).filter(([name]) => name.endsWith('Error') && !/^(is|To)/.test(name));
  expect(classes.length).toBeGreaterThan(20);
  for (const [name, exported] of classes) {
    expect([name, (exported as unknown as { prototype: Error }).prototype.name]).toEqual([name, name]);
  }
  const own = tusker.createTusker('memory:');
  const error = await own.lock('', 1).catch((thrown: Error) => thrown);
  await own.stop();
  expect((error as Error).stack).toMatch(/ at \w[\w.]* \(.*dist\/shared\/client\.js:\d+:\d+\)/);
});
