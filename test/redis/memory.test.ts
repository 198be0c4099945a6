/** A server whose memory is full: what would grow is refused whole, what ends something goes on. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ClaimOutcome } from '../../src/core/store.js';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import { diagnoseRedis } from '../../src/stores/redis/index.js';
import type { RedisServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { CutGround, strike } from './cut-ground.js';
import { ownServer, tell } from './tell.js';
import { library, storeAt } from './users.js';

const REFUSED = { code: 'SERVER_REFUSED', message: expect.stringMatching(/memory is full.*maxmemory/s) };

test('lock, open and close are refused, and nothing of them is written', async () => {
  const redis = await ownServer();
  const h = await storeAt(redis.port);
  await h.token('t', 'u');
  const before = [await h.stats(), await h.detail('t'), await tell(redis, 'DBSIZE')];
  await tell(redis, 'CONFIG', 'SET', 'maxmemory', 1);
  for (const call of [h.lock('t', 'v'), h.lock('new', 'v'), h.open('new'), h.close('t'), h.close('new')]) {
    await expect(call).rejects.toMatchObject(REFUSED);
  }
  const { now: _, ...then } = before[1] as { now: number };
  expect([await h.stats(), await h.detail('t'), await tell(redis, 'DBSIZE')]).toMatchObject([
    before[0],
    then,
    before[2],
  ]);
  await tell(redis, 'CONFIG', 'SET', 'maxmemory', 0);
  expect(await h.token('t', 'v')).toBeGreaterThan(0);
});

test('unlock, fail, extend, claim, complete, give back, sweep and what is done by hand go on', async () => {
  const redis = await ownServer();
  const h = await storeAt(redis.port);
  const tokens = await Promise.all(['a', 'b', 'c'].map((unit) => h.token('t', unit)));
  const [a = 0, b = 0, c = 0] = tokens;
  await h.close('t', { unitGrace: 1, incomplete: 'release' });
  for (const task of ['second', 'third']) await h.close(task);
  const doomed = await h.token('doomed', 'u');
  await tell(redis, 'CONFIG', 'SET', 'maxmemory', 1);
  expect((await h.extendLock('t', 'a', a)).kind).toBe('extended');
  expect((await h.unlock('t', 'a', a, '"part"')).kind).toBe('done');
  expect((await h.failUnit('t', 'b', b, true)).kind).toBe('failed');
  expect(await h.unlock('t', 'c', c)).toMatchObject({ kind: 'done', state: 'released' });
  expect((await h.letGo('doomed', 'u', doomed)).kind).toBe('let-go');
  expect((await h.cancel('doomed')).kind).toBe('cancelled');
  expect((await h.retry('doomed')).kind).toBe('retried');
  expect((await h.release('doomed')).kind).toBe('released');
  const claims: Record<string, Extract<ClaimOutcome, { kind: 'claimed' }>> = {};
  for (let i = 0; i < 4; i++) {
    const claim = await h.claimed();
    claims[claim.task] = claim;
  }
  const token = (task: string): number => claims[task]?.token ?? 0;
  expect((await h.complete('t', token('t'), '"whole"')).kind).toBe('completed');
  expect((await h.giveBack('second', token('second'))).kind).toBe('given-back');
  expect((await h.extendClaim('third', token('third'))).kind).toBe('extended');
  expect((await h.failClaim('third', token('third'), false)).kind).toBe('failed');
  expect((await h.remove('t')).kind).toBe('removed');
  expect(await h.store.sweep(100)).toMatchObject({ more: false });
  expect(await h.stats()).toMatchObject({ released: 1, processing: 1, completed: 1, deadLetters: 1 });
});

test('in one batch each call answers for itself, in its order', async () => {
  const redis = await ownServer();
  const h = await storeAt(redis.port);
  const [u, v] = [await h.token('t', 'u'), await h.token('t', 'v')];
  await tell(redis, 'CONFIG', 'SET', 'maxmemory', 1);
  const outcomes = await h.store.apply([
    h.lockCall('t', 'w'),
    { verb: 'unlock', task: 't', unit: 'u', token: u, result: null },
    h.openCall('other'),
    { verb: 'failUnit', task: 't', unit: 'u', token: u, error: '{}', final: false },
    { verb: 'failUnit', task: 't', unit: 'v', token: v, error: '{}', final: false },
    { verb: 'unlock', task: 't', unit: 'v', token: v, result: null },
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['error', 'done', 'error', 'lost', 'failed', 'lost']);
  expect(await h.units('t')).toEqual({ u: 'done', v: 'failed' });
});

test('calls of one task keep their order when each meets a full memory', async () => {
  const redis = await ownServer();
  const h = await storeAt(redis.port);
  const tusker = createTusker({ store: h.store }) as Tusker;
  const tasks = Array.from({ length: 50 }, (_, i) => `t${i}`);
  const locks = await Promise.all(tasks.map((task) => tusker.lock(task, 'u')));
  await tell(redis, 'CONFIG', 'SET', 'maxmemory', 1);
  const both = locks.map((lock) => Promise.all([lock.unlock('part'), tusker.cancel(lock.task, 'enough')]));
  for (const [progress] of await Promise.all(both)) expect(progress).toMatchObject({ state: 'open', done: 1 });
  expect(await tusker.stats()).toMatchObject({ failed: 50, open: 0 });
  await tusker.stop();
});

describe('a task that needs all keys, and a store that does not know it', () => {
  test('what ends something goes on', async () => {
    const redis = await ownServer();
    const [first, second] = [
      await storeAt(redis.port, { namespace: 'n' }),
      await storeAt(redis.port, { namespace: 'n' }),
    ];
    await first.open('t', { options: { expect: 3 } });
    const token = await first.token('t', 'u');
    await second.stats();
    await tell(redis, 'CONFIG', 'SET', 'maxmemory', 1);
    expect(await second.unlock('t', 'u', token)).toMatchObject({ kind: 'done', done: 1 });
    await expect(second.lock('t', 'v')).rejects.toMatchObject(REFUSED);
  });

  test('memory that is full only at the second trip refuses what is sent there', async () => {
    const ground = await CutGround.open(library('ioredis 6'));
    onTestFinished(() => ground.close());
    const { cut, direct } = ground.both();
    await direct.open('needy', { options: { expect: 3 } });
    const token = await direct.token('needy', 'u');
    await cut.done('plain', 'u');
    const hit = strike(ground.proxy, { delay: 1500 }, FUNCTIONS.apply);
    const outcomes = cut.store.apply([
      cut.lockCall('plain', 'v'),
      cut.lockCall('needy', 'v'),
      { verb: 'unlock', task: 'needy', unit: 'u', token, result: null },
    ]);
    await hit;
    await until('the lock', async () => ((await direct.units('plain')).v === 'locked' ? true : undefined));
    await tell(ground.server, 'CONFIG', 'SET', 'maxmemory', 1);
    expect(await outcomes).toMatchObject([
      { kind: 'locked' },
      { kind: 'error', error: REFUSED },
      { kind: 'done', done: 1 },
    ]);
    await tell(ground.server, 'CONFIG', 'SET', 'maxmemory', 0);
    expect(await direct.units('needy')).toEqual({ u: 'done' });
  });
});

describe('a process that comes to a server whose memory is full', () => {
  const full = (redis: RedisServer, isFull = true): Promise<unknown> =>
    tell(redis, 'CONFIG', 'SET', 'maxmemory', isFull ? 1 : 0);

  test('reads, unlocks, claims, completes and sweeps what is there', async () => {
    const redis = await ownServer();
    const first = await storeAt(redis.port, { namespace: 'n' });
    const token = await first.token('t', 'u');
    await first.close('t');
    await full(redis);
    const second = await storeAt(redis.port, { namespace: 'n' });
    expect(await second.state('t')).toBe('locked');
    expect(await second.unlock('t', 'u', token)).toMatchObject({ kind: 'done', state: 'released' });
    const claim = await second.claimed();
    expect(await second.complete('t', claim.token)).toEqual({ kind: 'completed' });
    expect(await second.store.sweep(100)).toMatchObject({ more: false });
    await expect(second.lock('new', 'u')).rejects.toMatchObject(REFUSED);
  });

  test('is told so where nothing is there yet, may read, and goes on when there is room', async () => {
    const redis = await ownServer();
    await (await storeAt(redis.port)).stats();
    await full(redis);
    const h = await storeAt(redis.port, { namespace: 'new', shards: 2 });
    expect(await h.stats()).toMatchObject({ open: 0 });
    await expect(h.lock('t', 'u')).rejects.toMatchObject(REFUSED);
    await full(redis, false);
    expect((await h.lock('t', 'u')).kind).toBe('locked');
    const other = await storeAt(redis.port, { namespace: 'new', shards: 3 });
    await expect(other.stats()).rejects.toMatchObject({ argument: 'options.shards' });
  });

  test('without the library it is told so; doctor puts that there beforehand', async () => {
    const redis = await ownServer();
    await full(redis);
    const missing = {
      code: 'SERVER_REFUSED',
      message: expect.stringMatching(/FUNCTION LOAD is refused.*tusker doctor/s),
    };
    const h = await storeAt(redis.port);
    await expect(h.stats()).rejects.toMatchObject(missing);
    const waiting = h.store.claim([{ nonce: h.nonce(), lease: 1000, worker: 'w' }]);
    await expect(waiting).rejects.toMatchObject(missing);
    const told = (await diagnoseRedis(redis.url)).find(({ what }) => what === 'functions');
    expect(told).toMatchObject({ level: 'bad', advice: expect.stringMatching(/maxmemory/) });
    await full(redis, false);
    expect(await diagnoseRedis(redis.url)).toContainEqual(expect.objectContaining({ what: 'functions', level: 'ok' }));
    await full(redis);
    expect(await h.stats()).toMatchObject({ open: 0 });
  });
});
