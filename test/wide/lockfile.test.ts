import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
// @ts-expect-error the scripts have no types
import { lockfileProblems as problemsOf } from '../../scripts/lockfile.mjs';
import { temporaryFolder } from '../subjects.js';

interface Entry {
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  engines?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
interface Lock {
  packages: Record<string, Entry>;
}
interface Manifest {
  devDependencies: Record<string, string>;
}
const lockfileProblems = problemsOf as (lock: Lock, manifest: Manifest) => string[];

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): unknown => JSON.parse(readFileSync(join(ROOT, name), 'utf8'));
const lock = (): Lock => read('package-lock.json') as Lock;
const manifest = (): Manifest => read('package.json') as Manifest;

/** The packages that some package wants only on some platforms. */
const platformPackages = Object.values(lock().packages).flatMap((entry) =>
  Object.keys(entry.optionalDependencies ?? {}),
);

const folders: { remove(): void }[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

/** Runs the check of CI on a copy; what it says and its exit status. */
function checkCopy(lock: Lock): { status: number | null; stderr: string } {
  const folder = temporaryFolder();
  folders.push(folder);
  writeFileSync(join(folder.path, 'package.json'), JSON.stringify(manifest()));
  writeFileSync(join(folder.path, 'package-lock.json'), JSON.stringify(lock));
  const script = join(ROOT, 'scripts/lockfile.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, folder.path], { encoding: 'utf8' });
  return { status, stderr };
}

function without(name: string): Lock {
  const broken = lock();
  const path = Object.keys(broken.packages).find((key) => key.endsWith(`node_modules/${name}`));
  expect(path).toBeDefined();
  delete broken.packages[path as string];
  return broken;
}

test('the lockfile works on every platform', () => {
  expect(lockfileProblems(lock(), manifest())).toEqual([]);
  expect(checkCopy(lock())).toEqual({ status: 0, stderr: '' });
});

test('so does that of the recipes', () => {
  const folder = 'examples/recipes';
  const script = join(ROOT, 'scripts/lockfile.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, join(ROOT, folder)], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('whichever platform package is missing, it is found by name', () => {
  expect(platformPackages.length).toBeGreaterThan(50);
  for (const name of platformPackages) {
    expect(lockfileProblems(without(name), manifest()).join('\n'), name).toContain(`its optional ${name} is not in`);
  }
});

test.each([
  '@biomejs/cli-darwin-arm64',
  '@ffmpeg-installer/win32-x64',
  '@libsql/win32-x64-msvc',
  '@typescript/typescript-linux-arm64',
])('CI fails when a platform package is missing: %s', (name) => {
  const { status, stderr } = checkCopy(without(name));
  expect(status).toBe(1);
  expect(stderr).toContain(name);
});

test('what npm ci itself would refuse fails the check in its words', () => {
  const broken = lock();
  (broken.packages['node_modules/vitest'] as Entry).version = '4.1.11';
  const { status, stderr } = checkCopy(broken);
  expect(status).toBe(1);
  expect(stderr).toContain('package.json: its vitest is locked at 4.1.11, not 4.1.12');
  expect(stderr).toContain('npm ci would not take it');
});

test('a package that wants another Node than the one at hand fails the check', () => {
  const broken = lock();
  (broken.packages['node_modules/vitest'] as Entry).engines = { node: '>=99' };
  const { status, stderr } = checkCopy(broken);
  expect(status).toBe(1);
  expect(stderr).toContain('EBADENGINE');
});

test('a package without integrity, one bound to a place or a folder, and a manifest that differs are found', () => {
  const broken = lock();
  delete broken.packages['node_modules/vitest']?.integrity;
  (broken.packages['node_modules/knip'] as Entry).resolved = 'file:../knip.tgz';
  (broken.packages['node_modules/zod'] as Entry).link = true;
  const other = manifest();
  other.devDependencies.left = '^1.0.0';
  expect(lockfileProblems(broken, other).sort()).toEqual([
    'devDependencies of package.json and of the lockfile differ: run npm install',
    'left is not pinned to one version: ^1.0.0',
    'node_modules/knip is bound to one place: file:../knip.tgz',
    'node_modules/vitest has no integrity',
    'node_modules/zod is a link to a folder',
    'package.json: its left is not in the lockfile',
  ]);
});
