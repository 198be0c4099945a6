import { spawnSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../subjects.js';
import type { Installed } from './installed.js';
import { installed } from './installed.js';

let place: Installed;
const bare = temporaryFolder();
beforeAll(async () => {
  place = await installed('examples/telemetry.mjs');
  // Far from any node_modules: what is imported from here has nothing but itself.
  cpSync(join(place.path, 'node_modules/tusker/dist'), join(bare.path, 'dist'), { recursive: true, dereference: true });
}, 120_000);
afterAll(() => {
  place.remove();
  bare.remove();
});

function run(cwd: string, file: string): { status: number | null; stdout: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd, encoding: 'utf8', timeout: 30_000 });
  return { status, stdout: status === 0 ? stdout : stdout + stderr };
}

test('the example shows the traces of a task of three units, and its metrics', () => {
  const unit = ['PUT /songs/:id/:n', '  lock songs', '  run songs', '  unlock songs'];
  expect(run(place.path, 'telemetry.mjs')).toEqual({
    status: 0,
    stdout: [
      ...unit,
      ...unit,
      ...unit,
      'POST /songs/:id/close',
      '  close songs',
      '    process songs  ← linked to 4',
      '      complete songs',
      'claim songs  ← linked to 1',
      '',
      'tusker_tasks_completed_total{namespace="songs"} 1',
      'tusker_locks_granted_total{namespace="songs"} 3',
      'tusker_fan_in_duration_seconds_count{namespace="songs"} 1',
      '',
    ].join('\n'),
  });
});

test('without OpenTelemetry installed the metrics work all the same', () => {
  const code = `
    import { createTusker } from './dist/index.js';
    import { instrument, metrics } from './dist/telemetry/index.js';
    await import('@opentelemetry/api').then(() => process.exit(9), () => {});
    const tusker = createTusker('memory:');
    const { text, stop } = metrics(tusker);
    await tusker.open('song');
    console.log(typeof instrument, (await text()).match(/^tusker_tasks.*open.*$/m)[0]);
    stop();
    await tusker.stop();`;
  writeFileSync(join(bare.path, 'bare.mjs'), code);
  expect(run(bare.path, 'bare.mjs')).toEqual({
    status: 0,
    stdout: 'function tusker_tasks{namespace="default",state="open"} 1\n',
  });
});
