import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import type { RedisStoreTestOptions } from '../../src/stores/redis/store-over.js';
import { storeOver } from '../../src/stores/redis/store-over.js';
import { ManualClock } from '../../src/testing/index.js';
import { budget } from '../harness/budget.js';
import { startRedis } from '../redis-ground/server.js';
import { walkHistories } from './histories.js';
import type { ClockedSubject } from './subjects.js';
import { memorySubject } from './subjects.js';
import { twinStore } from './twin-store.js';

const server = await startRedis();
const client = new Redis(server.url);
const shared = recogniseClient(client);
let count = 0;
afterAll(async () => {
  client.disconnect();
  await server.stop();
});

/**
 * One server for many histories: each has namespaces of its own, and begins at the same moment. So texts of one come again in
 * another. Every second one tries each lock and unlock with the few keys, whatever it was told of the task.
 */
async function next(): Promise<ClockedSubject> {
  // A library that is loaded anew knows nothing by heart: what it wrote it has to read.
  if (count % 10 === 0) await client.call('FUNCTION', 'FLUSH');
  const clock = new ManualClock();
  const options: RedisStoreTestOptions = { clock, random: () => 0.5, namespace: `history ${count}` };
  const redis = storeOver(shared, count % 2 === 0 ? options : { ...options, remembered: 0 });
  count++;
  const store = twinStore(memorySubject(clock).store, redis);
  return { store, clock, advance: async (ms) => clock.advance(ms), dispose: async () => {} };
}

test('Redis: random histories keep the promises of the contract, answered as memory does, tokens and times included', {
  timeout: 600_000,
}, async () => {
  const steps = budget('redis');
  const walked = await walkHistories({ steps, lanes: 8, subject: next });
  expect(walked).toBeGreaterThan(steps / 2);
});
