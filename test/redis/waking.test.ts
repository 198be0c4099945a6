/** Workers that wait: who is woken, by what, and how long it takes when something goes wrong. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClaimCall, ClaimOutcome } from '../../src/core/store.js';
import { ShardKeys } from '../../src/stores/redis/keys.js';
import type { History } from '../../src/testing/index.js';
import { LIBRARIES } from '../redis-clients/libraries.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { Wire } from '../redis-ground/wire.js';
import { callsOf, info, ownServer, says, tell } from './tell.js';
import { library, storeAt, storeOf } from './users.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

function waits(h: History, ms = 20_000, signal?: AbortSignal): Promise<ClaimOutcome[]> {
  return h.store.claim([{ nonce: h.nonce(), lease: 30_000, worker: 'w' }], ms, signal);
}

/** Resolves when so many connections are blocked. */
function blocked(of: { port: number }, count: number): Promise<true> {
  return says(of, 'clients', new RegExp(`blocked_clients:${count}\\r`));
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

describe.each(LIBRARIES)('through $name', (one) => {
  test('a blocked worker is woken by the release, not by its next look', async () => {
    const h = await storeOf(one.single(server.port));
    const releaser = await storeAt(server.port, { namespace: h.store.name });
    const times: number[] = [];
    for (let i = 0; i < 9; i++) {
      const waiting = waits(h);
      await blocked(server, 1);
      const start = performance.now();
      await releaser.close(`t${i}`);
      expect(await waiting).toMatchObject([{ kind: 'claimed', task: `t${i}`, attempt: 1 }]);
      times.push(performance.now() - start);
    }
    expect(median(times)).toBeLessThan(200);
  });

  test('an aborted wait ends at once; a task released at that moment is handed out or stays, never lost', async () => {
    const h = await storeOf(one.single(server.port));
    const releaser = await storeAt(server.port, { namespace: h.store.name });
    for (let i = 0; i < 20; i++) {
      const abort = new AbortController();
      const waiting = waits(h, 20_000, abort.signal);
      await blocked(server, 1);
      const closing = releaser.close(`t${i}`);
      if (i % 2 === 0) await new Promise(setImmediate);
      const start = performance.now();
      abort.abort();
      const [outcome] = await waiting;
      expect(performance.now() - start).toBeLessThan(900);
      await closing;
      // Nobody else has it: neither a claim that was sent and not awaited, nor both.
      if (outcome?.kind === 'claimed') expect(outcome.task).toBe(`t${i}`);
      else expect((await releaser.claimed()).task).toBe(`t${i}`);
      expect(await releaser.stats()).toMatchObject({ processing: i + 1, released: 0 });
    }
  });
});

test('a wait that ends by its time leaves nothing behind that could claim', async () => {
  const h = await storeAt(server.port);
  expect(await waits(h, 150)).toEqual([{ kind: 'none', waiting: 0 }]);
  await blocked(server, 0);
  await h.close('t');
  expect(await h.stats()).toMatchObject({ released: 1, processing: 0 });
});

test('no pop blocks for longer than a second', async () => {
  const own = await ownServer();
  const h = await storeAt(own.port);
  const abort = new AbortController();
  const waiting = waits(h, 60_000, abort.signal);
  await blocked(own, 1);
  await tell(own, 'CONFIG', 'RESETSTAT');
  // Counted when it ends: one that blocked for longer would not be told within three seconds.
  await until('another pop', async () => ((await callsOf(own, 'bzpopmin')) > 0 ? true : undefined), 3000);
  abort.abort();
  expect(await waiting).toMatchObject([{ kind: 'none' }]);
});

test('a delayed task is handed out at its moment', async () => {
  const h = await storeAt(server.port);
  await h.close('t');
  await h.failClaim('t', (await h.claimed()).token, true, 300);
  const start = performance.now();
  expect(await waits(h)).toMatchObject([{ kind: 'claimed', attempt: 2 }]);
  expect(performance.now() - start).toBeGreaterThan(250);
  expect(performance.now() - start).toBeLessThan(1500);
});

test('a lost marker costs at most about a second', async () => {
  const h = await storeAt(server.port);
  await h.claim();
  // Somebody pops the marker and dies before the claim: it waited before the worker, and does nothing.
  const thief = await Wire.open(server.port);
  const stolen = thief.send('BZPOPMIN', new ShardKeys(h.store.name).key('marker'), 0);
  await blocked(server, 1);
  const waiting = waits(h);
  await blocked(server, 2);
  const start = performance.now();
  await h.close('t');
  expect(await stolen).toHaveLength(3);
  expect(await waiting).toMatchObject([{ kind: 'claimed', task: 't' }]);
  expect(performance.now() - start).toBeLessThan(1600);
  thief.close();
});

describe('no thundering herd', () => {
  const WORKERS = 100;
  const RELEASES = 20;

  /** Claims that ran for the releases, above what all would have sent anyway by their next looks. */
  async function claimsFor(releaser: History, of: RedisServer, waiting: Promise<ClaimOutcome[]>[]): Promise<number> {
    await tell(of, 'CONFIG', 'RESETSTAT');
    const start = performance.now();
    for (let i = 0; i < RELEASES; i++) {
      await releaser.close(`t${i}`);
      const before = waiting.length;
      await Promise.race(waiting.map((one) => one.then((outcome) => expect(outcome[0]?.kind).toBe('claimed'))));
      for (const one of [...waiting]) {
        const isOver = await Promise.race([one.then(() => true), new Promise((go) => setImmediate(() => go(false)))]);
        if (isOver) waiting.splice(waiting.indexOf(one), 1);
      }
      expect(before - waiting.length).toBe(1);
    }
    const claims = (await callsOf(of, 'fcall')) - RELEASES;
    return claims - ((performance.now() - start) / 1000 + 1) * WORKERS;
  }

  test('100 workers with a connection each: a release wakes one', async () => {
    const own = await ownServer();
    const releaser = await storeAt(own.port);
    await releaser.claim();
    const workers: History[] = [];
    for (let i = 0; i < WORKERS; i++) workers.push(await storeAt(own.port, { namespace: releaser.store.name }));
    const waiting = workers.map((worker) => waits(worker, 30_000));
    await says(own, 'clients', /blocked_clients:(9[0-9]|100)\r/);
    expect(await claimsFor(releaser, own, waiting)).toBeLessThan(RELEASES * 3);
    expect(await releaser.stats()).toMatchObject({ processing: RELEASES, released: 0 });
  });

  test('100 waits in one process share one connection', async () => {
    const own = await ownServer();
    const releaser = await storeAt(own.port);
    const worker = await storeAt(own.port, { namespace: releaser.store.name });
    const waiting = Array.from({ length: WORKERS }, () => waits(worker, 30_000));
    await says(own, 'clients', /blocked_clients:1\r/);
    const connections = Number(/connected_clients:(\d+)/.exec(await info(own, 'clients'))?.[1]);
    expect(connections).toBeLessThan(8);
    expect(await claimsFor(releaser, own, waiting)).toBeLessThan(RELEASES * 3);
    expect(await releaser.stats()).toMatchObject({ processing: RELEASES, released: 0 });
  });
});

describe('several shards', () => {
  const SHARDS = 4;

  /** So many names on each shard. */
  function names(h: History, each: number): string[][] {
    const found: string[][] = Array.from({ length: SHARDS }, () => []);
    for (let i = 0; found.some(({ length }) => length < each); i++) {
      const own = found[h.store.shardOf(`t${i}`)];
      if (own && own.length < each) own.push(`t${i}`);
    }
    return found;
  }

  test('a worker that waits is woken by a release on any of them', async () => {
    const h = await storeAt(server.port, { shards: SHARDS });
    for (const [task] of names(h, 1) as [string][]) {
      const waiting = waits(h);
      await blocked(server, SHARDS);
      const start = performance.now();
      await h.close(task);
      expect(await waiting).toMatchObject([{ kind: 'claimed', task }]);
      expect(performance.now() - start).toBeLessThan(500);
    }
  });

  test('a flood on one does not keep a worker from the others', async () => {
    const h = await storeAt(server.port, { shards: SHARDS });
    const [flooded = [], ...others] = names(h, 200);
    const few = others.flatMap((own) => own.slice(0, 5));
    for (const task of [...flooded, ...few]) await h.close(task);
    const order: string[] = [];
    while (order.length < flooded.length + few.length) {
      const [outcome] = await waits(h, 5000);
      if (outcome?.kind === 'claimed') order.push(outcome.task);
    }
    expect(new Set(order).size).toBe(flooded.length + few.length);
    expect(Math.max(...few.map((task) => order.indexOf(task)))).toBeLessThan(100);
  });
});

test('the library of the worker does not matter to the one that releases', async () => {
  const worker = await storeOf(library('redis 5').single(server.port));
  const releaser = await storeOf(library('iovalkey').single(server.port), { namespace: worker.store.name });
  const waiting = waits(worker);
  await releaser.done('t', 'u', '"ü"');
  await releaser.close('t', {}, { info: '"ö"' });
  expect(await waiting).toMatchObject([{ kind: 'claimed', info: '"ö"', done: 1 }]);
});

describe('one wait for many tasks', () => {
  const call = (h: History): ClaimCall => ({ nonce: h.nonce(), lease: 30_000, worker: 'w' });
  const calls = (h: History, count: number): ClaimCall[] => Array.from({ length: count }, () => call(h));
  const claimed = (outcomes: readonly ClaimOutcome[]): string[] =>
    outcomes.flatMap((outcome) => (outcome.kind === 'claimed' ? [outcome.task] : []));

  test('of a flood all are handed out once, in their order, in few waits', async () => {
    const h = await storeAt(server.port);
    const names = Array.from({ length: 100 }, (_, i) => `t${i}`);
    for (const name of names) await h.close(name);
    const found: string[] = [];
    let waited = 0;
    for (; found.length < names.length; waited++) {
      const outcomes = await h.store.claim(calls(h, 64), 5000);
      expect(outcomes).toHaveLength(64);
      found.push(...claimed(outcomes));
    }
    expect(found).toEqual(names);
    // 4, 8, 16, 32, 32 and the rest.
    expect(waited).toBeLessThanOrEqual(6);
  });

  test('a look that finds nothing costs the server as much for 64 as for one', async () => {
    const h = await storeAt(server.port);
    await h.stats();
    const commands = async (count: number): Promise<number> => {
      await tell(server, 'CONFIG', 'RESETSTAT');
      await h.store.claim(calls(h, count));
      const all = await info(server, 'commandstats');
      return [...all.matchAll(/cmdstat_(?!info|config)\S+:calls=(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
    };
    expect(await commands(64)).toBe(await commands(1));
  });

  /** A call whose claim, of a task of its own, ended more than three minutes ago. */
  const endedMinutesAgo = async (h: History): Promise<ClaimCall> => {
    const made = call(h);
    await h.close('a');
    const { token } = await h.claimed(made);
    await h.complete('a', token);
    await tell(server, 'ZADD', new ShardKeys(h.store.name).key('ended-claims'), 'XX', '1', made.nonce);
    return made;
  };

  test('claims that ended minutes ago are forgotten as fast as others are made, also when the queue is never empty', async () => {
    const h = await storeAt(server.port);
    const keys = new ShardKeys(h.store.name);
    for (let round = 0; round < 20; round++) {
      const names = Array.from({ length: 65 }, (_, i) => `t${round}.${i}`);
      await Promise.all(names.map((name) => h.close(name)));
      const outcomes = await h.store.claim(calls(h, 64));
      for (const outcome of outcomes) if (outcome.kind === 'claimed') await h.complete(outcome.task, outcome.token);
      // Three minutes later:
      const ended = (await tell(server, 'ZRANGE', keys.key('ended-claims'), 0, -1)) as string[];
      await tell(server, 'ZADD', keys.key('ended-claims'), 'XX', ...ended.flatMap((nonce) => ['1', nonce]));
    }
    expect(await tell(server, 'ZCARD', keys.key('ended-claims'))).toBeLessThanOrEqual(128);
    expect(await tell(server, 'HLEN', keys.key('claims'))).toBeLessThanOrEqual(128);
  });

  test('minutes after its end a nonce is a new one, also when it found nothing at first', async () => {
    const h = await storeAt(server.port);
    const again = await endedMinutesAgo(h);
    expect(claimed(await h.store.claim([again]))).toEqual([]);
    await h.close('b');
    expect(claimed(await h.store.claim([again]))).toEqual(['b']);
  });

  test('minutes after the end of its claim a nonce is a new one, and then stands for the claim it got', async () => {
    const h = await storeAt(server.port);
    const again = await endedMinutesAgo(h);
    await h.close('b');
    expect(claimed(await h.store.claim([again, again]))).toEqual(['b', 'b']);
    // A look that finds nothing tidies up.
    expect(claimed(await h.store.claim([call(h)]))).toEqual([]);
    expect(claimed(await h.store.claim([again]))).toEqual(['b']);
  });

  test('a nonce twice in one call claims one task, and both hear of it', async () => {
    const h = await storeAt(server.port);
    for (const name of ['a', 'b']) await h.close(name);
    const twice = call(h);
    const outcomes = await h.store.claim([twice, twice, call(h)]);
    expect(claimed(outcomes)).toEqual(['a', 'a', 'b']);
    expect(await h.stats()).toMatchObject({ processing: 2, released: 0 });
  });
});
