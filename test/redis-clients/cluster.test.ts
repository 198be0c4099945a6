import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import { slotOf } from '../../src/stores/redis/clients/slot.js';
import type { ClusterNode, RedisCluster } from '../redis-ground/cluster.js';
import { sharedCluster, startCluster } from '../redis-ground/cluster.js';
import { until } from '../redis-ground/until.js';
import { BEHAVIOURS } from './behaviour.js';
import type { Library, UserClient } from './libraries.js';
import { IOREDIS_FAMILY, LIBRARIES, NODE_REDIS_FAMILY, WITH_KEY_PREFIX } from './libraries.js';
import { send } from './send.js';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await sharedCluster();
});

/** Names that stand on every master, whatever the slots. */
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

const VARIANTS: readonly (readonly [name: string, libraries: readonly Library[], more: object])[] = [
  ['as it comes', LIBRARIES, {}],
  ['that reads from replicas', IOREDIS_FAMILY, { scaleReads: 'slave' }],
  ['that reads from replicas', NODE_REDIS_FAMILY, { useReplicas: true }],
  ['with automatic pipelines', IOREDIS_FAMILY, { enableAutoPipelining: true }],
  ['with numbers as strings', IOREDIS_FAMILY, { redisOptions: { stringNumbers: true } }],
  ['with a connection made at the first call', IOREDIS_FAMILY, { lazyConnect: true }],
  ['with few connections', NODE_REDIS_FAMILY, { minimizeConnections: true }],
  ['with RESP2', NODE_REDIS_FAMILY, { RESP: 2 }],
];

for (const [variant, libraries, more] of VARIANTS) {
  describe.each(libraries)(`$name, ${variant}`, (library) => {
    let user: UserClient;
    beforeAll(async () => {
      user = await library.cluster(cluster.addresses, {}, more);
    });
    afterAll(() => user.end());

    test.each(Object.entries(BEHAVIOURS))('%s', async (promise, behaves) => {
      const client = recogniseClient(user.client);
      expect(client.isCluster).toBe(true);
      for (const name of KEYS.slice(0, library === libraries[0] ? 3 : 1))
        await behaves(client, `${library.name}/${variant}/${promise}/${name}`);
      await client.close();
      await user.ping();
    });
  });
}

describe.each(LIBRARIES)('$name', (library) => {
  test('what has no key goes to the master that serves the key, and so does a connection', async () => {
    const user = await library.cluster(cluster.addresses);
    const client = recogniseClient(user.client);
    for (const key of KEYS) {
      const { id } = await cluster.masterOf(slotOf(key));
      const connection = await client.connect(key);
      expect(await send(client, key, ['CLUSTER', 'MYID'])).toBe(id);
      expect(await connection.send(['CLUSTER', 'MYID'])).toBe(id);
    }
    await client.close();
    await user.end();
  });

  test('a slot on its way: what is on the other side is found by its redirection, until all is there', async () => {
    const tag = `{${library.name}}`;
    const [one, two] = [`${tag}1`, `${tag}2`];
    const from = await cluster.masterOf(slotOf(tag));
    const to = cluster.nodes.find((node) => node !== from && isMaster(node)) as ClusterNode;
    const user = await library.cluster(cluster.addresses);
    const client = recogniseClient(user.client);
    await send(client, one, ['SET', one, '1']);
    await send(client, two, ['SET', two, '2']);

    const migration = await cluster.beginMigration(slotOf(tag), to);
    await migration.moveKeys([one]);
    expect(await send(client, two, ['GET', two])).toBe('2');
    const redirection = await send(client, one, ['GET', one]).catch(({ message }: Error) => message);
    const [, address] = /^ASK \d+ (\S+)$/.exec(String(redirection)) ?? [];
    const asked = await client.connect(one, await client.serverOf(one, address));
    await asked.send(['ASKING']);
    expect(await asked.send(['GET', one])).toBe('1');
    const both = ['EVAL', "return redis.call('MGET', KEYS[1], KEYS[2])", '2', one, two];
    await expect(send(client, one, both)).rejects.toThrow(/^(?:TRYAGAIN|ASK|MOVED) /);
    await migration.finish();
    // A look may be answered by a replica that has not heard of it yet: as the store does, it looks after each refusal.
    const whole = await until('both are on one side', async () => {
      await client.lookAgain(one);
      return send(client, one, both).catch(() => undefined);
    });
    expect(whole).toEqual(['1', '2']);
    const connection = await client.connect(one);
    expect(await connection.send(['CLUSTER', 'MYID'])).toBe(to.id);
    await client.close();
    await user.end();
  });
});

test('a master dies: every client finds the one that took over, for calls and for new connections', async () => {
  const own = await startCluster();
  const users = await Promise.all(LIBRARIES.map((library) => library.cluster(own.addresses)));
  const clients = users.map(({ client }) => recogniseClient(client));
  const key = 'a';
  const before = await own.masterOf(slotOf(key));
  await Promise.all(clients.map((client) => send(client, key, ['SET', key, 'kept'])));
  await until('the replica has it', async () => {
    const [replica] = await own.replicasOf(before);
    return Number(await replica?.send('DBSIZE')) > 0 || undefined;
  });
  await own.kill(before);
  const after = await own.masterOf(slotOf(key));
  expect(after).not.toBe(before);
  await Promise.all(
    clients.map(async (client, i) => {
      const name = LIBRARIES[i]?.name;
      const connection = await until(`a connection of ${name}`, () => client.connect(key).catch(() => undefined));
      expect(await connection.send(['CLUSTER', 'MYID'])).toBe(after.id);
      const value = await until(`an answer to ${name}`, () => send(client, key, ['GET', key]).catch(() => undefined));
      expect(value).toBe('kept');
    }),
  );
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(users.map((user) => user.end()));
  await own.stop();
});

test.each(WITH_KEY_PREFIX)('$name: a prefix before keys decides the slot, too', async (library) => {
  const user = await library.cluster(cluster.addresses, { keyPrefix: 'prefix:' });
  const client = recogniseClient(user.client);
  for (const key of KEYS) {
    const { id } = await cluster.masterOf(slotOf(`prefix:${key}`));
    const connection = await client.connect(key);
    expect(await connection.send(['CLUSTER', 'MYID'])).toBe(id);
    await connection.send(['SET', key, 'value']);
    expect(await send(client, key, ['EVAL', 'return KEYS', '1', key])).toEqual([`prefix:${key}`]);
    expect(await send(client, key, ['GET', key])).toBe('value');
  }
  await client.close();
  await user.end();
});

test('slots are those of the server', async () => {
  const [node] = cluster.nodes as [ClusterNode];
  for (const key of ['', 'a', 'ключ', '{tag}x', 'x{tag}y{other}', '{}x', 'x{', '}{', '{{a}}', 'a'.repeat(1000)]) {
    expect([key, slotOf(key)]).toEqual([key, await node.send('CLUSTER', 'KEYSLOT', key)]);
  }
});

function isMaster(node: ClusterNode): boolean {
  return cluster.nodes.indexOf(node) < 3;
}
