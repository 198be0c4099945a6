import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Installed } from '../telemetry/installed.js';
import { installed, ROOT } from '../telemetry/installed.js';

let place: Installed;
beforeAll(async () => {
  place = await installed('examples/testing');
}, 120_000);
afterAll(() => place.remove());

function run(...args: string[]) {
  return spawnSync(process.execPath, args, {
    cwd: place.path,
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env.PATH ?? '', NO_COLOR: '1' },
  });
}

test('the example tests for vitest pass', () => {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const { status, stdout, stderr } = run(vitest, 'run', '--root', place.path, 'testing/vitest.test.mjs');
  expect({ status, stderr, stdout }).toMatchObject({ status: 0 });
  expect(stdout).toMatch(/Tests\s+3 passed \(3\)/);
});

test('the example tests for node:test pass', () => {
  const { status, stdout, stderr } = run('--test', '--test-reporter=tap', 'testing/node.test.mjs');
  expect({ status, stderr, stdout }).toMatchObject({ status: 0 });
  expect(stdout).toContain('# pass 2\n# fail 0');
});
