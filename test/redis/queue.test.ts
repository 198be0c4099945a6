/** The queue of one shard, and its tokens, when what is kept is large, damaged or lost. */
import { expect, test } from 'vitest';
import { ShardKeys } from '../../src/stores/redis/keys.js';
import type { History } from '../../src/testing/index.js';
import { ManualClock } from '../../src/testing/index.js';
import { ownServer, tell } from './tell.js';
import { storeAt } from './users.js';

async function claimedOf(h: History, count: number): Promise<string[]> {
  const calls = Array.from({ length: count }, () => ({ nonce: h.nonce(), lease: 30_000, worker: 'w' }));
  const outcomes = await h.store.claim(calls);
  return outcomes.flatMap((outcome) => (outcome.kind === 'claimed' ? [outcome.task] : []));
}

test('one call hands out tasks until its answer is full of bytes; the others stay for the next', async () => {
  const h = await storeAt((await ownServer()).port);
  const info = JSON.stringify('i'.repeat(700_000));
  for (const task of ['a', 'b', 'c']) await h.close(task, {}, { info });
  expect(await claimedOf(h, 3)).toEqual(['a', 'b']);
  expect(await claimedOf(h, 3)).toEqual(['c']);
});

test('a repeated claim does not get what somebody else has claimed since', async () => {
  const h = await storeAt((await ownServer()).port);
  await h.close('t');
  const mine = { nonce: h.nonce(), lease: 30_000, worker: 'w' };
  const { token } = await h.claimed(mine);
  await h.giveBack('t', token);
  expect((await h.claimed()).task).toBe('t');
  expect(await h.claim(mine)).toMatchObject({ kind: 'none' });
});

test('a task that stands in the queue and is not released is not handed out', async () => {
  const server = await ownServer();
  const h = await storeAt(server.port);
  const keys = new ShardKeys(h.store.name);
  await h.close('t');
  const { token } = await h.claimed();
  const copy = "redis.call('ZADD', KEYS[1], 0, redis.call('ZRANGE', KEYS[2], 0, 0)[1])";
  await tell(server, 'EVAL', copy, 2, keys.key('released'), keys.key('processing'));
  expect(await claimedOf(h, 1)).toEqual([]);
  expect(await h.complete('t', token)).toEqual({ kind: 'completed' });
});

test('a marker is there to wake the next worker while tasks are queued, and none when nothing is', async () => {
  const server = await ownServer();
  const h = await storeAt(server.port);
  const marker = new ShardKeys(h.store.name).key('marker');
  for (const task of ['a', 'b']) await h.close(task);
  // A worker has popped it, and claims one of the two.
  await tell(server, 'ZPOPMIN', marker);
  expect(await claimedOf(h, 1)).toEqual(['a']);
  expect(await tell(server, 'EXISTS', marker)).toBe(1);
  expect(await claimedOf(h, 1)).toEqual(['b']);
  expect(await tell(server, 'EXISTS', marker)).toBe(0);
});

test('a sweep looks at so many tasks as it may, whatever is due of them, and says that it has left something', async () => {
  const clock = new ManualClock();
  const h = await storeAt((await ownServer()).port, { clock });
  await h.lock('a', 'u', { ttl: 1000 });
  for (const task of ['b', 'c']) {
    await h.close(task);
    await h.cancel(task);
    await h.remove(task);
  }
  clock.advance(6 * 60_000);
  expect(await h.store.sweep(1)).toMatchObject({ locks: 1, removed: 0, more: true });
  expect(await h.store.sweep(1)).toMatchObject({ locks: 0, removed: 1, more: true });
  expect(await h.store.sweep(1)).toMatchObject({ locks: 0, removed: 1 });
  expect(await h.store.sweep(1)).toMatchObject({ locks: 0, removed: 0, more: false });
});

test('tokens grow also when the server has lost all that it knew', async () => {
  const server = await ownServer();
  const h = await storeAt(server.port);
  const before = await h.token('t', 'u');
  await tell(server, 'FLUSHALL');
  expect(await h.token('t', 'u')).toBeGreaterThan(before);
});
