import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import type { RedisProxy } from '../redis-ground/proxy.js';
import { CUTS, startProxy } from '../redis-ground/proxy.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { startTls } from '../redis-ground/tls.js';
import { onWire } from '../redis-ground/wire.js';
import { IOREDIS_FAMILY, LIBRARIES } from './libraries.js';
import { send } from './send.js';

let server: RedisServer;
let proxy: RedisProxy;
beforeAll(async () => {
  server = await startServer();
  proxy = await startProxy(server);
});
afterAll(async () => {
  await proxy.stop();
  await server.stop();
});

describe.each(LIBRARIES)('$name', (library) => {
  test.each(CUTS)('a connection of its own that breaks (%s): it rejects, repeats nothing, and is over', async (cut) => {
    const key = `${library.name}/${cut}`;
    const user = await library.single(proxy.port);
    const client = recogniseClient(user.client);
    const connection = await client.connect(key);
    const opened = proxy.openConnections;
    const hit = proxy.next(cut, ({ name, words }) => name === 'INCR' && words[1] === key);
    const replies = [connection.send(['GET', key]), connection.send(['INCR', key]), connection.send(['INCR', key])];
    const outcomes = await Promise.allSettled(replies);
    await hit;
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    await expect(connection.send(['INCR', key])).rejects.toThrow();
    // Those that had reached the server ran once.
    const isBefore = cut === 'cut-before-request' || cut === 'cut-in-request';
    expect(await onWire(server.port, (wire) => wire.send('GET', key))).toBe(isBefore ? null : '2');
    expect(proxy.openConnections).toBeLessThan(opened);
    // The caller's connection was not touched.
    expect(await send(client, key, ['PING'])).toBe('PONG');
    await client.close();
    await user.end();
  });

  test.each(CUTS)(
    'a call over a client that breaks (%s) is answered or rejected, and the next one is answered',
    async (cut) => {
      const key = `${library.name}/call/${cut}`;
      const user = await library.single(proxy.port);
      const client = recogniseClient(user.client);
      await send(client, key, ['PING']);
      const hit = proxy.next(cut, ({ name, words }) => name === 'INCR' && words[1] === key);
      const outcome = await send(client, key, ['INCR', key]).catch(() => 'rejected');
      await hit;
      const value = Number(await send(client, key, ['EVAL', "return redis.call('GET', KEYS[1]) or 0", '1', key]));
      // A library may repeat it by itself: that is why calls carry a nonce.
      expect(outcome === 'rejected' ? [0, 1] : [1, 2]).toContain(value);
      await client.close();
      await user.end();
    },
  );

  test('the TLS of the client holds for connections of their own', async () => {
    const tls = await startTls(server);
    const options = IOREDIS_FAMILY.includes(library)
      ? { tls: { ca: tls.ca } }
      : { socket: { host: '127.0.0.1', port: tls.port, tls: true, ca: tls.ca } };
    const user = await library.single(tls.port, {}, options);
    const client = recogniseClient(user.client);
    const connection = await client.connect('key');
    expect(await send(client, 'key', ['PING'])).toBe('PONG');
    expect(await connection.send(['PING'])).toBe('PONG');
    await client.close();
    await user.end();
    await tls.stop();
  });
});
