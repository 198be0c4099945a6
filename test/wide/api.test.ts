import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('docs/api.md is what the doc comments say, and no option or method is without one', { timeout: 300_000 }, () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/api.mjs', '--check'], { encoding: 'utf8' });
  expect(stderr).not.toMatch(/doc comment|run `npm run api`/);
  expect(status).toBe(0);
});
