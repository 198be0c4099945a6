import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
// @ts-expect-error the scripts have no types
import { lockfileProblems as problemsOf } from '../../scripts/lockfile.mjs';

interface Entry {
  integrity?: string;
  resolved?: string;
}
interface Lock {
  packages: Record<string, Entry>;
}
interface Manifest {
  devDependencies: Record<string, string>;
}
const lockfileProblems = problemsOf as (lock: Lock, manifest: Manifest) => string[];

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
const lock = (): Lock => read('package-lock.json') as Lock;
const manifest = (): Manifest => read('package.json') as Manifest;

test('the lockfile works on every platform', () => {
  expect(lockfileProblems(lock(), manifest())).toEqual([]);
});

test.each(['@biomejs/cli-darwin-arm64', '@libsql/win32-x64-msvc'])(
  'a platform package that is missing is found: %s',
  (name) => {
    const broken = lock();
    const path = Object.keys(broken.packages).find((key) => key.endsWith(`node_modules/${name}`));
    expect(path).toBeDefined();
    delete broken.packages[path as string];
    expect(lockfileProblems(broken, manifest()).join('\n')).toContain(name);
  },
);

test('a package without integrity, one bound to a place, and a manifest that differs are found', () => {
  const broken = lock();
  delete broken.packages['node_modules/vitest']?.integrity;
  (broken.packages['node_modules/knip'] as Entry).resolved = 'file:../knip.tgz';
  const other = manifest();
  other.devDependencies.left = '1.0.0';
  expect(lockfileProblems(broken, other).sort()).toEqual([
    'devDependencies of package.json and of the lockfile differ: run npm install',
    'node_modules/knip is bound to one place: file:../knip.tgz',
    'node_modules/vitest has no integrity',
  ]);
});
