import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { createTusker } from '../../src/index.js';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import { builtPackage } from '../harness/shared.js';
import { temporaryFolder } from '../subjects.js';
import { child, exited, message } from './processes.js';

let dist: string;
beforeAll(async () => {
  dist = await builtPackage();
});

test('two busy processes share a file: neither starves', { retry: 2 }, async () => {
  const folder = temporaryFolder();
  const file = join(folder.path, 'tusker.db');
  const peers = ['a', 'b'].map((name) => child('busy', dist, file, name, 3000));
  await Promise.all(peers.map((peer) => message(peer)));
  for (const peer of peers) peer.send('go');
  const pairs = await Promise.all(peers.map((peer) => message<number>(peer)));
  await Promise.all(peers.map(exited));
  folder.remove();
  const shares = pairs.map((count) => count / pairs.reduce((sum, n) => sum + n, 0));
  console.log(`shares of two busy processes: ${shares.map((share) => share.toFixed(2)).join(' and ')}`);
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.2);
});

test('a worker that waits in another process wakes soon after the release', { retry: 2 }, async () => {
  const folder = temporaryFolder();
  const file = join(folder.path, 'tusker.db');
  const waker = child('waker', dist, file);
  await message(waker);
  const tusker = createTusker({ store: sqliteStore(file, { synchronous: 'NORMAL' }) });
  const waits: number[] = [];
  for (let i = 0; i < 41; i++) {
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
  const median = waits.sort((a, b) => a - b)[20] as number;
  console.log(`a worker in another process woke after ${median.toFixed(1)} ms (median)`);
  expect(median).toBeLessThan(100);
});
