/** What one call of the library does on the server has a bound, however much a call of the store asks for. */
import { describe, expect, test } from 'vitest';
import { ShardKeys } from '../../src/stores/redis/keys.js';
import type { History } from '../../src/testing/index.js';
import { ManualClock } from '../../src/testing/index.js';
import type { RedisServer } from '../redis-ground/server.js';
import { most, serverCalls } from './one-call.js';
import { ownServer, tell } from './tell.js';
import { storeAt } from './users.js';

const BATCH = 256;
const named = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

async function ground(): Promise<{ server: RedisServer; clock: ManualClock; h: History }> {
  const server = await ownServer();
  const clock = new ManualClock();
  const h = await storeAt(server.port, { clock });
  await h.stats();
  return { server, clock, h };
}

/** Gives the tokens. */
async function lockAll(h: History, task: string, units: readonly string[], ttl = 60_000): Promise<number[]> {
  const tokens: number[] = [];
  for (let at = 0; at < units.length; at += BATCH) {
    const calls = units.slice(at, at + BATCH).map((unit) => ({ ...h.lockCall(task, unit), ttl }));
    for (const outcome of await h.store.apply(calls)) tokens.push(outcome.kind === 'locked' ? outcome.token : 0);
  }
  return tokens;
}

const claimsOf = (h: History, count: number) =>
  h.store.claim(Array.from({ length: count }, () => ({ nonce: h.nonce(), lease: 30_000, worker: 'w' })));

describe('tasks with a thousand expected names each', () => {
  const names = named('unit-', 1000);

  test('one call declares one of them, and all are declared', async () => {
    const { server, h } = await ground();
    const calls = named('t', 8).map((task) => ({ ...h.openCall(task), options: { expect: names } }));
    const sent = await serverCalls(server, async () => {
      const outcomes = await h.store.apply(calls);
      expect(outcomes.map(({ kind }) => kind)).toEqual(calls.map(() => 'opened'));
    });
    expect(Math.max(...sent.map(({ words }) => words.length))).toBeLessThan(1100);
  });

  test('one call reads the list of a few of them, the next ones the others, each answered once', async () => {
    const { server, h } = await ground();
    const tasks = named('t', 8);
    for (const task of tasks) await h.open(task, { options: { expect: names } });
    for (const task of tasks) await h.token(task, 'unit-1');
    const sent = await serverCalls(server, async () => {
      const outcomes = await h.store.apply(tasks.map((task) => ({ verb: 'release' as const, task, nonce: h.nonce() })));
      expect(outcomes).toEqual(tasks.map(() => ({ kind: 'released', state: 'released' })));
    });
    expect(sent.length).toBeGreaterThan(1);
    expect(most(sent, 'HMGET')).toBeLessThan(10);
    expect((await h.stats()).released).toBe(tasks.length);
  });
});

describe('tasks with a thousand locks each', () => {
  const tasks = named('t', 4);

  test('one call looks at about a thousand units for inspect, and all are told', async () => {
    const { server, h } = await ground();
    for (const task of tasks) await lockAll(h, task, named('u', 1000));
    const sent = await serverCalls(server, async () => {
      const details = await h.store.inspect([...tasks, 'unknown']);
      expect(details.map((detail) => detail?.units.locked)).toEqual([1000, 1000, 1000, 1000, undefined]);
      expect(details.map((detail) => detail?.live.length)).toEqual([10, 10, 10, 10, undefined]);
    });
    expect(most(sent, 'HSCAN')).toBeLessThanOrEqual(11);
  });

  test('one call of a sweep ends about a hundred overdue locks, and all are ended', async () => {
    const { server, clock, h } = await ground();
    for (const task of tasks) await lockAll(h, task, named('u', 1000), 1000);
    clock.advance(2000);
    let locks = 0;
    const sent = await serverCalls(server, async () => {
      for (let hasMore = true; hasMore; clock.advance(500)) {
        const swept = await h.store.sweep(1000);
        locks += swept.locks;
        hasMore = swept.more || locks < 4000;
      }
    });
    expect(locks).toBe(4000);
    expect(most(sent, 'ZADD')).toBeLessThanOrEqual(110);
  });

  test('one call of timeoutLocks ends about a hundred, and all are ended', async () => {
    const { server, clock, h } = await ground();
    // So few stand in a hash that is read whole.
    await lockAll(h, 'small', named('u', 120));
    await lockAll(h, 'large', named('u', 1000));
    clock.advance(2000);
    let ended = 0;
    const sent = await serverCalls(server, async () => {
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await h.store.timeoutLocks(1000, cursor ?? null, 1000);
        ended += page.ended;
        cursor = page.cursor;
      }
    });
    expect(ended).toBe(1120);
    expect(most(sent, 'ZADD')).toBeLessThanOrEqual(102);
  });
});

test('one call has at most a hundred calls that change a task, and answers each', async () => {
  const { server, h } = await ground();
  const units = named('u', BATCH);
  const tokens = await lockAll(h, 't', units);
  const sent = await serverCalls(server, async () => {
    const calls = units.map((unit, i) => ({ verb: 'letGo' as const, task: 't', unit, token: tokens[i] ?? 0 }));
    expect(new Set((await h.store.apply(calls)).map(({ kind }) => kind))).toEqual(new Set(['let-go']));
  });
  expect(sent.length).toBe(3);
  expect(most(sent, 'HGET')).toBeLessThanOrEqual(100);
});

describe('a queue of many tasks', () => {
  test('one call claims at most thirty-two; who asks for more gets them', async () => {
    const { server, h } = await ground();
    for (const task of named('t', 100)) await h.close(task);
    const sent = await serverCalls(server, async () => {
      const outcomes = await claimsOf(h, 120);
      const claimed = outcomes.flatMap((outcome) => (outcome.kind === 'claimed' ? [outcome.task] : []));
      expect(claimed).toEqual(named('t', 100));
      expect(outcomes.length).toBe(120);
    });
    expect(most(sent, 'XADD')).toBeLessThanOrEqual(32);
  });

  test('one call brings a few of the delayed tasks back whose moment has come; none is forgotten', async () => {
    const { server, clock, h } = await ground();
    for (const task of named('t', 90)) await h.close(task);
    for (const outcome of await claimsOf(h, 90)) {
      if (outcome.kind === 'claimed') await h.failClaim(outcome.task, outcome.token, true, 1000);
    }
    clock.advance(1000);
    const sent = await serverCalls(server, async () => {
      const outcomes = await claimsOf(h, 100);
      expect(outcomes.filter(({ kind }) => kind === 'claimed').length).toBe(90);
    });
    // Each task that comes back is one event, and so is each claim.
    expect(most(sent, 'XADD')).toBeLessThanOrEqual(45);
  });

  test('a list is read sixty-four tasks at a time', async () => {
    const { server, h } = await ground();
    for (const task of named('t', 100)) await h.close(task);
    const sent = await serverCalls(server, async () => {
      const { tasks, cursor } = await h.store.tasks({ state: 'released', limit: 80 });
      expect(tasks.map(({ task }) => task)).toEqual(named('t', 80));
      const rest = await h.store.tasks({ state: 'released', limit: 80, ...(cursor !== null && { cursor }) });
      expect(rest).toMatchObject({
        tasks: named('t', 100)
          .slice(80)
          .map((task) => ({ task })),
        cursor: null,
      });
    });
    expect(most(sent, 'HGET')).toBeLessThanOrEqual(65);
  });

  test('events are read two hundred and fifty at a time, none is left out', async () => {
    const { h } = await ground();
    for (let at = 0; at < 300; at += 100) {
      await h.store.apply(named(`t${at}-`, 100).map((task) => ({ ...h.lockCall(task, 'u') })));
    }
    const seen: string[] = [];
    for (let after = '0', count = -1; count !== 0; ) {
      const { events, cursor } = await h.store.events({ after, limit: 1000 });
      expect(events.length).toBeLessThanOrEqual(250);
      seen.push(...events.map(({ task }) => task));
      [after, count] = [cursor, events.length];
    }
    expect(seen).toEqual([0, 100, 200].flatMap((at) => named(`t${at}-`, 100)));
  });
});

test('of tombstones above the cap one call looks at a hundred; young ones stay, old ones go', async () => {
  const { server, clock, h } = await ground();
  const keys = new ShardKeys(h.store.name);
  await h.done('t', 'u');
  await h.close('t', { worker: false, retention: 3_600_000 });
  // More of them, as the shard keeps them.
  const copy = `local record = redis.call('HGET', KEYS[1], 't')
    for i = 1, 100600 do
      redis.call('HSET', KEYS[1], 'c' .. i, record)
      redis.call('ZADD', KEYS[2], ARGV[1], struct.pack('>I6', 1) .. 'c' .. i)
    end`;
  await tell(server, 'EVAL', copy, 2, keys.key('tasks'), keys.key('completed'), clock.now() + 3_600_000);
  const young = await serverCalls(server, async () => {
    expect(await h.store.sweep(1000)).toMatchObject({ removed: 0, more: false });
  });
  expect(most(young, 'HGET')).toBeLessThanOrEqual(101);
  clock.advance(6 * 60_000);
  const old = await serverCalls(server, async () => {
    while ((await h.store.sweep(1000)).more);
  });
  expect(most(old, 'HGET')).toBeLessThanOrEqual(101);
  expect((await h.stats()).tombstones).toBe(100_000);
});
