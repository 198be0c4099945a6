/** A Cluster of which one master is silent: consumers of dead letters are given those of the others. */
import { afterEach, beforeEach, test } from 'vitest';
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
  cluster = await startCluster({ replicas: 0, config: { 'cluster-node-timeout': 60_000 } });
});
afterEach(() => cluster.stop());

const connected = (namespace?: string): Promise<History> =>
  storeOf(library('ioredis 6').cluster(cluster.addresses), { shards: SHARDS, ...(namespace && { namespace }) });

/** Names of tasks that this master keeps, or that the others keep. */
async function names(
  { store }: History,
  victim: ClusterNode,
  whose: 'its' | 'others',
  count: number,
): Promise<string[]> {
  const keys = shardsOf(store.name, SHARDS);
  const found: string[] = [];
  for (let i = 0; found.length < count; i++) {
    const slot = slotOf(keys[store.shardOf(`t${i}`)]?.key('tasks') ?? '');
    if (((await cluster.masterOf(slot)) === victim) === (whose === 'its')) found.push(`t${i}`);
  }
  return found;
}

async function consumer({ store }: History, concurrency: number): Promise<string[]> {
  const own = await connected(store.name);
  const tusker = createTusker({ store: own.store });
  endAfterTest(() => tusker.stop({ grace: 0, timeout: 100 }));
  const heard: string[] = [];
  const alerts = tusker.workFailed(({ task }) => void heard.push(task), { concurrency });
  alerts.on('error', () => {});
  return heard;
}

async function fail(h: History, tasks: readonly string[]): Promise<void> {
  for (const task of tasks) {
    await h.open(task);
    await h.cancel(task);
  }
}

test.each([1, 4])(
  'failed tasks of the others are given soon, %i at once, and its own ones when it goes on',
  async (concurrency) => {
    const h = await connected();
    await h.stats();
    const victim = await cluster.masterOf(slotOf(shardsOf(h.store.name, SHARDS)[0]?.key('tasks') ?? ''));
    const its = await names(h, victim, 'its', 4);
    const others = await names(h, victim, 'others', 12);
    const heard = await consumer(h, concurrency);
    await fail(h, others.slice(0, 4));
    await until('the first ones', async () => heard.length === 4 || undefined, 20_000);
    victim.server.pause();
    await fail(h, others.slice(4));
    const isHeard = async () => others.every((task) => heard.includes(task)) || undefined;
    await until('those of the others', isHeard, 12_000);
    victim.server.resume();
    await fail(h, its);
    await until('all', async () => its.every((task) => heard.includes(task)) || undefined, 20_000);
  },
  60_000,
);
