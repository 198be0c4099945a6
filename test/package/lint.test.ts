import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { shared } from '../harness/shared.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test.each([
  ['publint', 'publint/src/cli.js', '--strict'],
  ['attw', '@arethetypeswrong/cli/dist/index.js', '--profile', 'esm-only'],
])('%s finds nothing wrong with the tarball', async (_, program, ...options) => {
  const { path } = await shared('tarball');
  const args = [join(ROOT, 'node_modules', program), path, ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  expect({ status, stdout, stderr }).toMatchObject({ status: 0 });
});
