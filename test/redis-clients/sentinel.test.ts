import { beforeAll, describe, expect, test } from 'vitest';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import type { RedisSentinels } from '../redis-ground/sentinel.js';
import { sharedSentinels, startSentinels } from '../redis-ground/sentinel.js';
import { until } from '../redis-ground/until.js';
import { BEHAVIOURS } from './behaviour.js';
import { LIBRARIES, WITH_KEY_PREFIX } from './libraries.js';
import { send } from './send.js';

let ground: RedisSentinels;
beforeAll(async () => {
  ground = await sharedSentinels();
});

describe.each(LIBRARIES)('$name over Sentinel', (library) => {
  test.each(Object.entries(BEHAVIOURS))('%s', async (promise, behaves) => {
    const user = await library.sentinel(ground.addresses);
    const client = recogniseClient(user.client);
    expect(client.isCluster).toBe(false);
    await behaves(client, `${library.name}/${promise}`);
    await client.close();
    await user.ping();
    await user.end();
  });
});

test.each(WITH_KEY_PREFIX)('$name over Sentinel: a prefix before keys holds', async (library) => {
  const user = await library.sentinel(ground.addresses, { keyPrefix: 'prefix:' });
  const client = recogniseClient(user.client);
  const connection = await client.connect('key');
  for (const to of [send.bind(undefined, client, 'key'), connection.send.bind(connection)]) {
    expect(await to(['EVAL', 'return KEYS', '2', 'key', 'other'])).toEqual(['prefix:key', 'prefix:other']);
  }
  await client.close();
  await user.end();
});

test.each([
  ['hands over', (own: RedisSentinels) => own.failover()],
  ['dies', (own: RedisSentinels) => own.killMaster()],
])(
  'the master %s: old connections are over; calls and new connections of every client reach the new one',
  async (_what, change) => {
    const own = await startSentinels();
    const users = await Promise.all(LIBRARIES.map((library) => library.sentinel(own.addresses)));
    const clients = users.map(({ client }) => recogniseClient(client));
    const waiting = await Promise.all(
      clients.map(async (client) => {
        await send(client, 'key', ['SET', 'key', '0']);
        const connection = await client.connect('key');
        return { broken: expect(connection.send(['BZPOPMIN', 'marker', '0'])).rejects.toThrow() };
      }),
    );
    const master = await change(own);
    await Promise.all(waiting.map(({ broken }) => broken));
    await Promise.all(
      clients.map(async (client, i) => {
        const name = LIBRARIES[i]?.name;
        await until(`a write of ${name}`, () => send(client, 'key', ['INCR', 'key']).catch(() => undefined));
        const connection = await until(`a connection of ${name}`, () => client.connect('key').catch(() => undefined));
        expect(await connection.send(['INFO', 'server'])).toContain(`tcp_port:${master.port}\r\n`);
      }),
    );
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(users.map((user) => user.end()));
    await own.stop();
  },
);
