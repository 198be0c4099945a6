/** A Cluster of which one master is dead or silent: what the others keep goes on, and no attempt is spent that nobody saw. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { slotOf } from '../../src/stores/redis/clients/slot.js';
import { shardsOf } from '../../src/stores/redis/keys.js';
import type { History } from '../../src/testing/index.js';
import { endAfterTest } from '../harness/endings.js';
import type { ClusterNode, RedisCluster } from '../redis-ground/cluster.js';
import { startCluster } from '../redis-ground/cluster.js';
import { until } from '../redis-ground/until.js';
import { library, storeOf } from './users.js';

const SHARDS = 8;

let cluster: RedisCluster;
beforeEach(async () => {
  cluster = await startCluster({
    replicas: 0,
    // A dead master is no reason for the others to refuse.
    config: { 'cluster-require-full-coverage': 'no', 'cluster-node-timeout': 60_000 },
  });
});
afterEach(() => cluster.stop());

type Of = [ClusterNode, number[]];

/** Which shards each master has. */
async function shardsByMaster({ store }: History): Promise<Map<ClusterNode, number[]>> {
  const found = new Map<ClusterNode, number[]>();
  for (const [index, keys] of shardsOf(store.name, SHARDS).entries()) {
    const node = await cluster.masterOf(slotOf(keys.key('tasks')));
    found.set(node, [...(found.get(node) ?? []), index]);
  }
  return found;
}

/** Names of tasks of these shards. */
function namesOn({ store }: History, shards: readonly number[], count: number): string[] {
  const names: string[] = [];
  for (let i = 0; names.length < count; i++) if (shards.includes(store.shardOf(`t${i}`))) names.push(`t${i}`);
  return names;
}

interface Ground {
  readonly h: History;
  readonly victim: ClusterNode;
  /** Shards of the other masters, and of the victim. */
  readonly well: readonly number[];
  readonly ill: readonly number[];
}

async function ground(): Promise<Ground> {
  const h = await storeOf(library('ioredis 6').cluster(cluster.addresses), { shards: SHARDS });
  await h.stats();
  const [[victim, ill], ...others] = [...(await shardsByMaster(h))] as [Of, Of, Of];
  return { h, victim, ill, well: others.flatMap(([, shards]) => shards) };
}

/** A worker in a process of its own, as far as its connections go. */
async function worker({ store }: History, concurrency = 4) {
  const own = await storeOf(library('ioredis 6').cluster(cluster.addresses), { shards: SHARDS, namespace: store.name });
  const tusker = createTusker({ store: own.store }) as Tusker;
  endAfterTest(() => tusker.stop({ grace: 0, timeout: 100 }));
  const handled: { task: string; attempt: number }[] = [];
  const errors: unknown[] = [];
  const working = tusker.work(async ({ task, attempt }) => void handled.push({ task, attempt }), { concurrency });
  working.on('error', (error) => errors.push(error));
  return { handled, errors, tusker };
}

function firstAttempts(names: readonly string[]): { task: string; attempt: number }[] {
  return names.map((task) => ({ task, attempt: 1 }));
}
const byName = (a: { task: string }, b: { task: string }): number => (a.task < b.task ? -1 : 1);

describe('one of three masters', () => {
  test('is dead: tasks of the others are handed out, each once', async () => {
    const { h, victim, well } = await ground();
    const names = namesOn(h, well, 40);
    for (const name of names) await h.close(name, { attempts: 2 });
    await victim.server.kill();
    const { handled } = await worker(h);
    await until('all are handled', async () => handled.length >= names.length || undefined, 20_000);
    expect([...handled].sort(byName)).toEqual(firstAttempts(names).sort(byName));
  }, 60_000);

  test('dies and is silent while a worker waits: it has the next tasks of the others at once', async () => {
    const { h, victim, ill, well } = await ground();
    const { handled } = await worker(h, 1);
    const [first = '', ...names] = namesOn(h, well, 11);
    await h.close(first);
    await until('it works', async () => handled.length === 1 || undefined);
    victim.server.pause();
    const times: number[] = [];
    for (const [i, name] of names.entries()) {
      const start = performance.now();
      await h.close(name);
      await until(`${name} is handled`, async () => handled.length === i + 2 || undefined, 5000);
      times.push(performance.now() - start);
    }
    // A median, for the first may have to wait for the one that is silent.
    expect([...times].sort((a, b) => a - b)[5]).toBeLessThan(500);
    victim.server.resume();
    const late = namesOn(h, ill, 5);
    for (const name of late) await h.close(name);
    await until('those of the silent one', async () => handled.length === 16 || undefined, 20_000);
    expect(handled.map(({ attempt }) => attempt)).toEqual(new Array(16).fill(1));
  }, 60_000);

  test('is silent while it holds tasks: when it goes on each is handed out, with its first attempt', async () => {
    const { h, victim, ill } = await ground();
    const { handled } = await worker(h, 2);
    const names = namesOn(h, ill, 30);
    for (const name of names.slice(0, 15)) await h.close(name, { attempts: 2 });
    victim.server.pause();
    const closing = names.slice(15).map((name) => h.close(name, { attempts: 2 }));
    // Long enough for the watchdog of the line to give it up.
    await until('the worker has given the line up', async () => pausedFor(victim, 4000) || undefined, 10_000);
    victim.server.resume();
    await Promise.all(closing);
    await until('all are handled', async () => handled.length >= names.length || undefined, 20_000);
    expect([...handled].sort(byName)).toEqual(firstAttempts(names).sort(byName));
  }, 60_000);

  test('is dead: what is due on the others ends in its time', async () => {
    const { h, victim, well } = await ground();
    const [task = ''] = namesOn(h, well, 1);
    await worker(h);
    await victim.server.kill();
    await h.lock(task, 'u', { ttl: 1500 });
    const start = performance.now();
    await until('its lock has ended', async () => (await h.units(task)).u === 'expired' || undefined, 10_000);
    expect(performance.now() - start).toBeLessThan(5000);
  }, 60_000);
});

test('one of three masters is dead: a sweep by hand ends all that is due on the others, then tells of it', async () => {
  const { h, victim, well } = await ground();
  const own = await storeOf(library('ioredis 6').cluster(cluster.addresses), {
    shards: SHARDS,
    namespace: h.store.name,
    retryFor: 300,
  });
  const tusker = createTusker({ store: own.store }) as Tusker;
  endAfterTest(() => tusker.stop({ grace: 0, timeout: 100 }));
  await tusker.stats();
  const [large = '', small = ''] = [namesOn(h, well.slice(0, 1), 1)[0], namesOn(h, well.slice(-1), 1)[0]];
  // More than one step of a sweep.
  await Promise.all(Array.from({ length: 450 }, (_, i) => h.lock(large, `u${i}`, { ttl: 1 })));
  await h.lock(small, 'u', { ttl: 600_000 });
  await victim.server.kill();
  await expect(tusker.sweep()).rejects.toMatchObject({ code: 'CONNECTION' });
  expect((await h.detail(large)).units).toMatchObject({ locked: 0, expired: 450 });
  await expect(tusker.timeoutLocks(0)).rejects.toMatchObject({ code: 'CONNECTION' });
  expect((await h.detail(small)).units).toMatchObject({ locked: 0, expired: 1 });
}, 60_000);

const pausedAt = new WeakMap<ClusterNode, number>();
function pausedFor(node: ClusterNode, ms: number): boolean {
  const at = pausedAt.get(node) ?? performance.now();
  pausedAt.set(node, at);
  return performance.now() - at > ms;
}
