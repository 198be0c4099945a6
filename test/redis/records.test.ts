/** Keys that somebody else has spoiled: named, left alone, and no harm to the neighbours. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UnlockCall } from '../../src/core/store.js';
import { ShardKeys } from '../../src/stores/redis/keys.js';
import type { History } from '../../src/testing/index.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import type { Reply } from '../redis-ground/wire.js';
import { onWire } from '../redis-ground/wire.js';
import { storeAt } from './users.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

let count = 0;

/** A namespace with a spoiled task to be (`bad`) and two neighbours, one before and one behind it in the queue. */
async function neighbourhood(): Promise<{ h: History; keys: ShardKeys; say(...words: string[]): Promise<Reply> }> {
  const namespace = `records-${count++}`;
  const h = await storeAt(server.port, { namespace });
  for (const task of ['a', 'bad', 'z']) {
    await h.token(task, 'held');
    await h.done(task, 'ready', '"part"');
  }
  return { h, keys: new ShardKeys(namespace), say: (...words) => onWire(server.port, (wire) => wire.send(...words)) };
}

/** Two neighbours still go their whole way. */
async function neighboursWork(h: History): Promise<void> {
  for (const task of ['a', 'z']) {
    expect(await h.unlock(task, 'held', null)).toMatchObject({ kind: 'done', done: 2 });
    expect(await h.close(task)).toMatchObject({ state: 'released' });
  }
  for (const task of ['a', 'z']) {
    const claim = await h.claimed();
    expect(claim.task).toBe(task);
    expect(await h.complete(task, claim.token)).toEqual({ kind: 'completed' });
  }
}

describe('a task record that cannot be read', () => {
  test.each(['', 'x', '\u0001\u0002', '{"json":true}'])('%j', async (record) => {
    const { h, keys, say } = await neighbourhood();
    await say('HSET', keys.key('tasks'), 'bad', record);
    for (const call of [h.lock('bad', 'new'), h.unlock('bad', 'held', null), h.close('bad'), h.state('bad')]) {
      await expect(call).rejects.toMatchObject({ code: 'STORE_CORRUPT', key: expect.stringContaining('bad') });
    }
    const [mine, bad, other] = await h.store.apply([
      h.lockCall('a', 'new'),
      h.lockCall('bad', 'new'),
      h.lockCall('z', 'new'),
    ]);
    expect([mine.kind, bad.kind, other.kind]).toEqual(['locked', 'error', 'locked']);
    for (const task of ['a', 'z']) expect((await h.unlock(task, 'new', null)).kind).toBe('done');
    expect(await say('HGET', keys.key('tasks'), 'bad')).toBe(record);
    for (const task of ['a', 'z']) await h.unlock(task, 'held', null);
    for (const task of ['a', 'z']) expect(await h.close(task)).toMatchObject({ state: 'released', done: 3 });
    for (const task of ['a', 'z']) {
      const claim = await h.claimed();
      expect(claim.task).toBe(task);
      expect(await h.complete(task, claim.token)).toEqual({ kind: 'completed' });
    }
  });

  test('in the queue it is set aside: the claim gets the next one', async () => {
    const { h, keys, say } = await neighbourhood();
    for (const task of ['bad', 'z']) {
      await h.unlock(task, 'held', null);
      await h.close(task);
    }
    await say('HSET', keys.key('tasks'), 'bad', 'x');
    expect(await h.claimed()).toMatchObject({ task: 'z' });
    expect((await h.claim()).kind).toBe('none');
  });

  test('a whole head of the queue is set aside', async () => {
    const { h, keys, say } = await neighbourhood();
    const heads = ['1', '2', '3', '4', '5'];
    for (const task of heads) await h.close(task);
    await h.unlock('z', 'held', null);
    await h.close('z');
    for (const task of heads) await say('HSET', keys.key('tasks'), task, 'x');
    expect(await h.claimed()).toMatchObject({ task: 'z' });
    expect(await say('ZCARD', keys.key('released'))).toBe(0);
  });

  test('overdue, it does not keep a sweep from the others', async () => {
    const { h, keys, say } = await neighbourhood();
    await h.token('bad', 'short', { ttl: 1 });
    await h.token('a', 'short', { ttl: 1 });
    await say('HSET', keys.key('tasks'), 'bad', 'x');
    await until('the neighbour’s lock has run out', async () => {
      await h.store.sweep(100);
      return (await h.units('a')).short === 'expired' || undefined;
    });
    expect(await h.store.sweep(100)).toMatchObject({ more: false });
  });
});

describe('a unit that cannot be read', () => {
  test('its task’s other units, and its neighbours, go on', async () => {
    const { h, keys, say } = await neighbourhood();
    const [outstanding] = keys.task('bad');
    await say('HSET', outstanding, 'held', 'x');
    await expect(h.unlock('bad', 'held', null)).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      key: expect.stringContaining('bad'),
    });
    expect(await h.done('bad', 'other')).toMatchObject({ kind: 'done' });
    await neighboursWork(h);
  });

  test.each(['short', 'x'.repeat(40)])('a done one is never taken for one without a result: %j', async (record) => {
    const { h, keys, say } = await neighbourhood();
    await h.close('bad', { incomplete: 'release' });
    await h.release('bad');
    const { token } = await h.claimed();
    const [, done] = keys.task('bad');
    await say('HSET', done, 'ready', record);
    await expect(h.store.results({ task: 'bad', token, limit: 10 })).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  test('calls that share its batch are answered each for its own task; those of its task have changed nothing', async () => {
    const { h, keys, say } = await neighbourhood();
    const first = await h.token('bad', 'first');
    const own = await h.token('z', 'own');
    await say('HSET', keys.task('bad')[0], 'second', 'x');
    const unlock = (task: string, unit: string, token: number | null): UnlockCall => {
      return { verb: 'unlock', task, unit, token, result: null, context: 'c' };
    };
    // With contexts units are looked at one by one.
    const outcomes = await h.store.apply([
      unlock('bad', 'first', first),
      unlock('bad', 'second', first),
      unlock('z', 'own', own),
      unlock('z', 'nobody’s', own),
    ]);
    expect(outcomes).toMatchObject([
      { kind: 'error', error: { code: 'STORE_CORRUPT' } },
      { kind: 'error', error: { code: 'STORE_CORRUPT' } },
      { kind: 'done', done: 2, outstanding: 1 },
      { kind: 'lost' },
    ]);
    expect(await say('HEXISTS', keys.task('bad')[0], 'first')).toBe(1);
    expect(await say('HEXISTS', keys.task('bad')[1], 'first')).toBe(0);
  });
});

describe('a key of another type', () => {
  test('WRONGTYPE: a task’s own keys: the error names the task, the neighbours go on', async () => {
    const { h, keys, say } = await neighbourhood();
    for (const key of keys.task('bad')) {
      await say('DEL', key);
      await say('SET', key, 'not ours');
    }
    for (const call of [h.lock('bad', 'new'), h.unlock('bad', 'held', null)]) {
      await expect(call).rejects.toMatchObject({ code: 'STORE_CORRUPT', key: expect.stringContaining('bad') });
    }
    await neighboursWork(h);
  });

  test('a refused unlock has changed nothing: once the key is free again it goes its way', async () => {
    const { h, keys, say } = await neighbourhood();
    const [, , results] = keys.task('bad');
    await say('RENAME', results, `${results}:aside`);
    await say('SET', results, 'not ours');
    await expect(h.unlock('bad', 'held', null, '"late part"')).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    expect((await h.detail('bad')).units).toMatchObject({ locked: 1, done: 1 });
    await say('RENAME', `${results}:aside`, results);
    expect(await h.unlock('bad', 'held', null, '"late part"')).toMatchObject({ kind: 'done', done: 2, outstanding: 0 });
  });

  test('a key of the shard: the first call says which', async () => {
    const { h: before, keys, say } = await neighbourhood();
    await say('DEL', keys.key('released'));
    await say('SET', keys.key('released'), 'not ours');
    const h = await storeAt(server.port, { namespace: before.store.name });
    await expect(h.stats()).rejects.toMatchObject({ code: 'STORE_CORRUPT', key: keys.key('released') });
    await say('DEL', keys.key('released'));
    expect(await h.stats()).toMatchObject({ open: 3 });
  });
});
