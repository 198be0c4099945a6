import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { createTusker } from '../../src/index.js';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import { builtModules } from '../harness/shared.js';
import { temporaryFolder } from '../subjects.js';
import { child, exited, message } from './processes.js';

let dist: string;
beforeAll(async () => {
  dist = await builtModules();
});

/** Measured over so many locks and unlocks, however long they take: a busy machine makes them slower, not unfair. */
const PAIRS = 6000;

test('two busy processes share a file: neither starves', async () => {
  const folder = temporaryFolder();
  const file = join(folder.path, 'tusker.db');
  const peers = ['a', 'b'].map((name) => child('busy', dist, file, name));
  await Promise.all(peers.map((peer) => message(peer)));
  const pairs = [0, 0];
  const enough = new Promise<void>((resolve) => {
    for (const [place, peer] of peers.entries()) {
      peer.on('message', (count: number) => {
        pairs[place] = count;
        if (sumOf(pairs) >= PAIRS) resolve();
      });
    }
  });
  for (const peer of peers) peer.send('go');
  await enough;
  const shares = pairs.map((count) => count / sumOf(pairs));
  for (const peer of peers) peer.send('stop');
  await Promise.all(peers.map(exited));
  folder.remove();
  console.log(`shares of two busy processes: ${shares.map((share) => share.toFixed(2)).join(' and ')}`);
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.2);
});

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

test('a worker that waits in another process wakes soon after the release', async () => {
  const folder = temporaryFolder();
  const file = join(folder.path, 'tusker.db');
  const waker = child('waker', dist, file);
  await message(waker);
  const tusker = createTusker({ store: sqliteStore(file, { synchronous: 'NORMAL' }) });
  const waits: number[] = [];
  for (let i = 0; i < 21; i++) {
    // The worker is to be waiting again, at no fixed distance from its last look.
    await sleep(15 + Math.random() * 25);
    const started = message<number>(waker);
    await tusker.close(`task-${i}`);
    const released = performance.timeOrigin + performance.now();
    waits.push((await started) - released);
  }
  waker.disconnect();
  await exited(waker);
  await tusker.stop();
  folder.remove();
  // Without word of other processes it would wake with its next sweep, up to a second later.
  const median = waits.sort((a, b) => a - b)[10] as number;
  console.log(`a worker in another process woke after ${median.toFixed(1)} ms (median)`);
  expect(median).toBeLessThan(200);
});
