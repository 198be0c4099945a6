/** What a namespace of several shards says of all of them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { slotOf } from '../../src/stores/redis/clients/slot.js';
import { shardsOf } from '../../src/stores/redis/keys.js';
import type { History } from '../../src/testing/index.js';
import { ManualClock } from '../../src/testing/index.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { storeAt } from './users.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

async function twoShards(): Promise<{ h: History; clock: ManualClock; tasks: readonly [string, string] }> {
  const clock = new ManualClock();
  const h = await storeAt(server.port, { shards: 2, clock });
  const on = (shard: number): string => {
    let i = 0;
    while (h.store.shardOf(`t${i}`) !== shard) i++;
    return `t${i}`;
  };
  return { h, clock, tasks: [on(0), on(1)] };
}

test.each(['}', '{', '{}', 'a}b', 'a{b}c', '%7D'])(
  'all keys of a shard share a slot, and belong to no other namespace, also when that is called %j',
  (namespace) => {
    const [keys] = shardsOf(namespace, 1);
    const named = [...(keys?.all ?? []), ...(keys?.task('t') ?? [])];
    expect(new Set(named.map(slotOf)).size).toBe(1);
    for (const other of ['}', '%7D'])
      if (namespace !== other) expect(keys?.all).not.toEqual(shardsOf(other, 1)[0]?.all);
  },
);

test('events come in the order of their time, whichever shard they are of', async () => {
  const { h, clock, tasks } = await twoShards();
  const [first, second] = tasks;
  for (const [task, unit] of [
    [second, 'u'],
    [first, 'u'],
  ] as const) {
    await h.lock(task, unit);
    clock.advance(10);
  }
  await h.cancel(second);
  clock.advance(10);
  await h.cancel(first);
  const { events } = await h.store.events({ after: '0', limit: 10 });
  expect(events.map(({ kind, task }) => `${kind} ${task}`)).toEqual([
    `created ${second}`,
    `created ${first}`,
    `failed ${second}`,
    `failed ${first}`,
  ]);
});

test.each([
  [1000, 2000],
  [2000, 1000],
])('the next due moment is that of all shards: locks for %i and %i ms', async (...ttls) => {
  const { h, clock, tasks } = await twoShards();
  for (const [shard, task] of tasks.entries()) await h.lock(task, 'u', { ttl: ttls[shard] ?? 0 });
  expect((await h.store.sweep(10)).nextDue).toBe(clock.now() + 1000);
});
