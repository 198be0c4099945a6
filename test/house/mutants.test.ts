import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
// @ts-expect-error the scripts have no types
import * as scripts from '../../scripts/mutants/patches.mjs';
import { temporaryFolder } from '../subjects.js';

interface Patch {
  readonly area: string;
  readonly name: string;
  readonly promise: string;
  readonly edits: readonly { readonly file: string; readonly find: string; readonly put: string }[];
  readonly tests: readonly string[];
  readonly survives?: string;
}
const { readPatches, patchProblems, isOfWaiting } = scripts as {
  readPatches(root: string): Promise<Patch[]>;
  patchProblems(root: string, patches: readonly Patch[]): string[];
  isOfWaiting(patch: Patch): boolean;
};

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = temporaryFolder();
afterAll(() => folder.remove());

test('every patch applies to the tree of today, once, says which promise it breaks, and names tests that are there', async () => {
  expect(patchProblems(ROOT, await readPatches(ROOT))).toEqual([]);
});

test('there are 80 patches, and half of them are in client, worker, waiting and delivery', async () => {
  const patches = await readPatches(ROOT);
  expect(patches.length).toBeGreaterThanOrEqual(80);
  expect(patches.filter(isOfWaiting).length / patches.length).toBeGreaterThanOrEqual(0.5);
});

test('a patch whose text has moved away, stands twice, or whose test is gone, is named', () => {
  mkdirSync(join(folder.path, 'test'));
  cpSync(join(ROOT, 'src/core/clock.ts'), join(folder.path, 'clock.ts'));
  writeFileSync(join(folder.path, 'test/one.test.ts'), '');
  const text = readFileSync(join(folder.path, 'clock.ts'), 'utf8');
  const edit = { file: 'clock.ts', find: text, put: '' };
  const good: Patch = { area: 'a', name: 'good', promise: 'p', edits: [edit], tests: ['test/one.test.ts'] };
  const problemsOf = (...patches: Patch[]): string[] => patchProblems(folder.path, patches);

  expect(problemsOf(good)).toEqual([]);
  expect(problemsOf(good, good)).toHaveLength(2);
  expect(problemsOf({ ...good, edits: [{ ...edit, find: 'no such text' }] })).toEqual([
    'good has gone stale: clock.ts does not have its text any more: no such text',
  ]);
  expect(problemsOf({ ...good, edits: [{ ...edit, find: 'e' }] })[0]).toMatch(/its text \d+ times: e$/);
  expect(problemsOf({ ...good, edits: [{ ...edit, file: 'gone.ts' }] })[0]).toContain('gone.ts is not there');
  expect(problemsOf({ ...good, edits: [{ ...edit, put: text }] })[0]).toContain('changes nothing');
  expect(problemsOf({ ...good, tests: ['test/two.test.ts'] })).toEqual(['good: test/two.test.ts is not there']);
  expect(problemsOf({ ...good, name: 'Not_Kebab' })[0]).toContain('kebab-case');
});
