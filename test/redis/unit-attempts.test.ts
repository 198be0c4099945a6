/** A client that does not know of a task's options tries its locks with few keys: the library asks for all of them. */
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import { storeOver } from '../../src/stores/redis/store-over.js';
import { History, ManualClock } from '../../src/testing/index.js';
import { startRedis } from '../redis-ground/server.js';

test('an overdue lock that another one ends counts, also for a client that did not declare the task', async () => {
  const server = await startRedis();
  const client = new Redis(server.url);
  onTestFinished(async () => {
    client.disconnect();
    await server.stop();
  });
  const clock = new ManualClock();
  const store = storeOver(recogniseClient(client), { clock, namespace: 'unit attempts', remembered: 0 });
  const h = new History({ store, advance: async (ms) => clock.advance(ms), dispose: async () => {} });
  await h.open('t', { options: { unitAttempts: 1 } });
  await h.token('t', 'u', { ttl: 1000 });
  await h.advance(1000);
  expect((await h.lock('t', 'u')).kind).toBe('failed');
});
