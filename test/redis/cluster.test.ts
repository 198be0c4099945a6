/** Several shards over a real Cluster: what adds up, and what holds while slots move and masters go. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slotOf } from '../../src/stores/redis/clients/slot.js';
import { shardsOf } from '../../src/stores/redis/keys.js';
import { LIBRARIES } from '../redis-clients/libraries.js';
import type { ClusterNode, RedisCluster } from '../redis-ground/cluster.js';
import { startCluster } from '../redis-ground/cluster.js';
import { Load } from './load.js';
import { library, storeOf } from './users.js';

const SHARDS = 6;

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

function slots(namespace: string): number[] {
  return shardsOf(namespace, SHARDS).map((keys) => slotOf(keys.key('tasks')));
}

async function masters(): Promise<ClusterNode[]> {
  return [...new Set(await Promise.all(slots('any').map((slot) => cluster.masterOf(slot))))];
}

test('tasks are spread over shards and masters; stats, lists, events and sweeps add up', async () => {
  const h = await storeOf(library('ioredis 6').cluster(cluster.addresses), { shards: SHARDS });
  const names = Array.from({ length: 120 }, (_, i) => `t${i}`);
  await h.store.apply(names.map((task) => h.lockCall(task, 'u')));
  for (const task of names.slice(0, 60)) await h.close(task);
  const perShard = new Map<number, number>();
  for (const task of names) perShard.set(h.store.shardOf(task), (perShard.get(h.store.shardOf(task)) ?? 0) + 1);
  expect(Math.min(...perShard.values())).toBeGreaterThan(5);
  expect(perShard.size).toBe(SHARDS);
  const keys = await Promise.all((await masters()).map(async (node) => (await node.send('KEYS', '*')) as string[]));
  for (const own of keys) expect(own.filter((key) => key.includes(h.store.name)).length).toBeGreaterThan(10);

  expect(await h.stats()).toMatchObject({ open: 60, locked: 60 });
  const listed: string[] = [];
  for (const state of ['open', 'locked'] as const) {
    for (let cursor: string | undefined; ; ) {
      const page = await h.store.tasks({ state, limit: 7, ...(cursor === undefined ? {} : { cursor }) });
      listed.push(...page.tasks.map(({ task }) => task));
      if (page.cursor === null) break;
      cursor = page.cursor;
    }
  }
  expect(listed.sort()).toEqual([...names].sort());
  const details = await h.store.inspect(names);
  expect(details.map((detail) => detail?.task)).toEqual(names);

  await h.store.apply(names.map((task) => ({ verb: 'unlock', task, unit: 'u', token: null, result: null }) as const));
  expect(await h.stats()).toMatchObject({ open: 60, released: 60 });
  const kinds: string[] = [];
  for (let after = '0'; ; ) {
    const page = await h.store.events({ after, limit: 50 });
    if (page.events.length === 0) break;
    kinds.push(...page.events.map(({ kind, task }) => `${kind} ${task}`));
    after = page.cursor;
  }
  expect(kinds.length).toBe(120 + 60 + 60);
  expect(new Set(kinds).size).toBe(kinds.length);
  const claims = await h.store.claim(names.map(() => ({ nonce: h.nonce(), lease: 1, worker: 'w' })));
  expect(claims.filter(({ kind }) => kind === 'claimed')).toHaveLength(60);
  let attempts = 0;
  for (let more = true; more || attempts < 60; ) {
    const swept = await h.store.sweep(50);
    attempts += swept.attempts;
    more = swept.more;
  }
  expect(await h.stats()).toMatchObject({ processing: 0, delayed: 60 });
});

const tried = LIBRARIES.filter(({ name }) => ['ioredis 6', 'redis 6', 'iovalkey'].includes(name));

describe.each(tried)('through $name', (one) => {
  test('resharding under load: each task is handed out once, and all end', async () => {
    const h = await storeOf(one.cluster(cluster.addresses), { shards: SHARDS });
    const load = new Load(h.store, 'reshard');
    await load.runDuring(async () => {
      for (const slot of slots(h.store.name)) {
        const from = await cluster.masterOf(slot);
        const to = (await masters()).find((node) => node !== from);
        if (to) await cluster.migrateSlot(slot, to);
      }
    });
    expect([load.twice, load.redone]).toEqual([[], 0]);
    await load.expectNothingLeft();
    await load.stop();
  });

  test('a replica takes over by request under load: each task is handed out once, and all end', async () => {
    const h = await storeOf(one.cluster(cluster.addresses), { shards: SHARDS });
    const load = new Load(h.store, 'handover');
    await load.runDuring(async () => {
      const [slot = 0] = slots(h.store.name);
      const [replica] = await cluster.replicasOf(await cluster.masterOf(slot));
      if (!replica) throw new Error('the master has no replica');
      await cluster.failover(replica);
    });
    expect([load.twice, load.redone]).toEqual([[], 0]);
    await load.expectNothingLeft();
    await load.stop();
  });

  test('a master is killed under load: what was acknowledged and copied happens once, and all ends', async () => {
    const h = await storeOf(one.cluster(cluster.addresses), { shards: SHARDS });
    const before = new Load(h.store.namespace(`${h.store.name} before`), 'before');
    await before.run(20);
    // What is acknowledged by now is with the replicas, too.
    for (const node of await masters()) await node.send('WAIT', 1, 5000);
    const load = new Load(h.store, 'during');
    const [slot = 0] = slots(h.store.name);
    const victim = await cluster.masterOf(slot);
    await load.runDuring(async () => {
      await cluster.kill(victim);
      await cluster.masterOf(slot);
    });
    expect(before.twice).toEqual([]);
    await before.expectNothingLeft();
    load.expectGrowingTokens();
    await load.expectNothingLeft();
    const { length } = load.ended;
    console.log(
      `${one.name}: of ${length} tasks during a fail-over ${load.twice.length} ran twice, ${load.redone} were begun again`,
    );
    await before.stop();
    await victim.server.start();
    await cluster.settled();
  });
});
