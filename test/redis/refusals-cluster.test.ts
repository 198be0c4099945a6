/** What the nodes of a Cluster say while slots move, and what the caller gets: the right answer. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import { slotOf } from '../../src/stores/redis/clients/slot.js';
import { Delivery } from '../../src/stores/redis/delivery.js';
import { ShardKeys } from '../../src/stores/redis/keys.js';
import type { History } from '../../src/testing/index.js';
import { LIBRARIES } from '../redis-clients/libraries.js';
import type { ClusterNode, RedisCluster } from '../redis-ground/cluster.js';
import { startCluster } from '../redis-ground/cluster.js';
import { met, says } from './tell.js';
import { storeAt, storeOf } from './users.js';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startCluster({ masters: 3, replicas: 0 });
});
afterAll(() => cluster.stop());

let count = 0;

/** A namespace of one shard, where it is, and where it could be. */
async function place(): Promise<{ namespace: string; slot: number; from: ClusterNode; to: ClusterNode }> {
  const namespace = `slot-${count++}`;
  const slot = slotOf(new ShardKeys(namespace).key('tasks'));
  const from = await cluster.masterOf(slot);
  const to = cluster.nodes.find((node) => node !== from);
  if (!to) throw new Error('one node is no Cluster');
  await Promise.all(cluster.nodes.map((node) => node.send('CONFIG', 'RESETSTAT')));
  return { namespace, slot, from, to };
}

/** What is left to do when a slot has gone through its trouble. */
async function wholeWay(h: History, token: number): Promise<void> {
  expect(await h.unlock('t', 'u', token, '"part"')).toMatchObject({ kind: 'done', done: 1 });
  await h.close('t');
  const claim = await h.claimed();
  expect(claim).toMatchObject({ task: 't', attempt: 1, done: 1 });
  expect(await h.complete('t', claim.token)).toEqual({ kind: 'completed' });
  expect(await h.stats()).toMatchObject({ completed: 1, processing: 0 });
}

const tried = LIBRARIES.filter(({ name }) => ['ioredis 6', 'redis 6', 'iovalkey'].includes(name));

describe.each(tried)('through $name', (library) => {
  const open = (namespace: string): Promise<History> =>
    storeOf(library.cluster(cluster.addresses), { namespace, shards: 1 });

  test('MOVED: a slot that has moved is found where it is', async () => {
    const { namespace, slot, to } = await place();
    const h = await open(namespace);
    const token = await h.token('t', 'u');
    await cluster.migrateSlot(slot, to);
    await wholeWay(h, token);
    expect(await cluster.masterOf(slot)).toBe(to);
  });

  test('ASK: calls go where the keys of a slot on its way are', async () => {
    const { namespace, slot, from, to } = await place();
    const h = await open(namespace);
    const token = await h.token('t', 'u');
    const migration = await cluster.beginMigration(slot, to);
    await migration.moveKeys(await migration.keysLeft());
    const going = wholeWay(h, token);
    await met(from, 'ASK');
    await migration.finish();
    await going;
  });

  test('ASK: a key that went ahead of its slot is found where it is', async () => {
    const user = await library.cluster(cluster.addresses);
    onTestFinished(() => user.end());
    const limits = { commandTimeout: 5000, retryFor: 2000, waitForReplicas: 0 };
    const delivery = new Delivery(recogniseClient(user.client), limits);
    onTestFinished(() => delivery.close());
    const { slot, namespace, to } = await place();
    const key = new ShardKeys(namespace).key('tasks');
    await delivery.command(key, ['SET', key, 'went']);
    const migration = await cluster.beginMigration(slot, to);
    await migration.moveKeys([key]);
    expect(await delivery.command(key, ['GET', key])).toBe('went');
    await migration.finish();
  });

  test('TRYAGAIN: a slot that is half here, half there is waited for', async () => {
    const { namespace, slot, to } = await place();
    const h = await open(namespace);
    const token = await h.token('t', 'u');
    const migration = await cluster.beginMigration(slot, to);
    await migration.moveKeys((await migration.keysLeft()).slice(0, 2));
    const going = wholeWay(h, token);
    await Promise.any(cluster.nodes.map((node) => met(node, 'TRYAGAIN')));
    await migration.finish();
    await going;
  });

  test('CLUSTERDOWN: a slot that nobody serves is waited for', async () => {
    const { namespace, slot, from } = await place();
    const h = await open(namespace);
    const token = await h.token('t', 'u');
    await from.send('CLUSTER', 'DELSLOTS', slot);
    const going = wholeWay(h, token);
    await met(from, 'CLUSTERDOWN');
    await from.send('CLUSTER', 'ADDSLOTS', slot);
    await going;
  });

  test('a worker that waits at a master whose slot moves away has its task all the same', async () => {
    const { namespace, slot, from, to } = await place();
    const h = await open(namespace);
    await h.token('t', 'u');
    const waiting = h.store.claim([{ nonce: h.nonce(), lease: 30_000, worker: 'w' }], 20_000);
    await says(from, 'clients', /blocked_clients:1\r/);
    await cluster.migrateSlot(slot, to);
    await h.unlock('t', 'u', null);
    await h.close('t');
    expect(await waiting).toMatchObject([{ kind: 'claimed', task: 't', attempt: 1 }]);
  });
});

test('a plain client at a node of a Cluster is refused at once, with what to do', async () => {
  const { namespace, to } = await place();
  const h = await storeAt(to.port, { namespace });
  await expect(h.token('t', 'u')).rejects.toMatchObject({
    code: 'UNSUPPORTED_SERVER',
    message: expect.stringMatching(/part of a Cluster: give a Cluster client/),
  });
});
