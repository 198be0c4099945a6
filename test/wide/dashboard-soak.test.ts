import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { builtPackage } from '../harness/shared.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('the memory of open pages stays flat for half a minute of work', async () => {
  const dist = await builtPackage();
  const args = [join(ROOT, 'scripts/dashboard-soak.mjs'), '--seconds', '30', '--dist', dist];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 120_000,
  });
  expect({ status, stdout, stderr }).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/overview: .* MB/),
    stderr: '',
  });
}, 150_000);
