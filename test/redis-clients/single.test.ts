import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { onWire } from '../redis-ground/wire.js';
import { BEHAVIOURS } from './behaviour.js';
import type { Library, UserClient } from './libraries.js';
import { IOREDIS_FAMILY, LIBRARIES, NODE_REDIS_FAMILY, WITH_KEY_PREFIX } from './libraries.js';
import { send } from './send.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Clients whose options would bend replies, order or routing if the adapter let them. */
const VARIANTS: readonly (readonly [name: string, libraries: readonly Library[], more: object])[] = [
  ['as it comes', LIBRARIES, {}],
  ['with a connection made at the first call', IOREDIS_FAMILY, { lazyConnect: true }],
  ['with numbers as strings', IOREDIS_FAMILY, { stringNumbers: true }],
  ['with automatic pipelines', IOREDIS_FAMILY, { enableAutoPipelining: true }],
  ['with RESP3 replies', IOREDIS_FAMILY.slice(0, 1), { protocol: 3, replyMapping: 'resp3' }],
  ['with RESP2', NODE_REDIS_FAMILY, { RESP: 2 }],
  ['with RESP3', NODE_REDIS_FAMILY, { RESP: 3 }],
  ['with replies as Buffers', NODE_REDIS_FAMILY, { commandOptions: { typeMapping: { 36: Buffer, 58: String } } }],
  ['with a prefix before keys', WITH_KEY_PREFIX, { keyPrefix: 'prefix:' }],
];

for (const [variant, libraries, more] of VARIANTS) {
  describe.each(libraries)(`$name, ${variant}`, (library) => {
    let user: UserClient;
    beforeAll(async () => {
      user = await library.single(server.port, {}, more);
    });
    afterAll(() => user.end());

    test.each(Object.entries(BEHAVIOURS))('%s', async (promise, behaves) => {
      const client = recogniseClient(user.client);
      await behaves(client, `${library.name}/${variant}/${promise}`);
      await client.close();
      // The caller's client is still open and works.
      await user.ping();
    });
  });
}

describe.each(LIBRARIES)('$name', (library) => {
  const key = `${library.name} key`;

  test('user, password and database hold for calls and for connections of their own', async () => {
    await onWire(server.port, (wire) => wire.send('ACL', 'SETUSER', 'worker', 'on', '>secret', '~*', '+@all'));
    const user = await library.single(server.port, { username: 'worker', password: 'secret', database: 3 });
    const client = recogniseClient(user.client);
    const connection = await client.connect(key);
    for (const info of [await send(client, key, ['CLIENT', 'INFO']), await connection.send(['CLIENT', 'INFO'])]) {
      expect(info).toMatch(/ db=3 /);
      expect(info).toMatch(/ user=worker /);
    }
    await client.close();
    await user.end();
  });

  test('a database that the caller selected later holds for both too', async () => {
    const user = await library.single(server.port);
    await (user.client as { select(database: number): Promise<unknown> }).select(5);
    const client = recogniseClient(user.client);
    const connection = await client.connect(key);
    expect(await send(client, key, ['CLIENT', 'INFO'])).toMatch(/ db=5 /);
    expect(await connection.send(['CLIENT', 'INFO'])).toMatch(/ db=5 /);
    await client.close();
    await user.end();
  });

  test('close ends the connections made by the adapter, and no call goes out any more', async () => {
    const user = await library.single(server.port);
    const client = recogniseClient(user.client);
    const connections = [await client.connect(key), await client.connect(key)];
    const waiting = connections.map((connection) => connection.send(['BZPOPMIN', key, '0']));
    const broken = waiting.map((reply) => expect(reply).rejects.toThrow());
    await client.close();
    await client.close();
    await Promise.all(broken);
    await expect(send(client, key, ['PING'])).rejects.toMatchObject({ code: 'CONNECTION' });
    await expect(client.connect(key)).rejects.toMatchObject({ code: 'CONNECTION' });
    await user.ping();
    await user.end();
  });

  test('the listeners and options of the client are the same afterwards', async () => {
    const user = await library.single(server.port);
    const emitter = user.client as NodeJS.EventEmitter & { options: object };
    const before = { options: { ...emitter.options }, events: listenersOf(emitter) };
    const client = recogniseClient(user.client);
    await send(client, key, ['GET', key]);
    await client.connect(key);
    await client.close();
    expect({ options: { ...emitter.options }, events: listenersOf(emitter) }).toEqual(before);
    await user.end();
  });

  test('a client that was closed is reported as a lost connection', async () => {
    const user = await library.single(server.port);
    await user.ping();
    const client = recogniseClient(user.client);
    await user.end();
    // The library tells of the end a little later; until then a connection like the client's may still be made.
    const { client: ended } = user as { client: { status?: string } };
    await until('the client has ended', async () => [undefined, 'end'].includes(ended.status) || undefined);
    await expect(send(client, key, ['GET', key])).rejects.toMatchObject({ code: 'CONNECTION' });
    await client.close();
  });

  test('a server that hangs: a destroyed connection still rejects at once', async () => {
    const own = await startServer();
    const user = await library.single(own.port);
    const client = recogniseClient(user.client);
    const connection = await client.connect(key);
    own.pause();
    const waiting = connection.send(['GET', key]);
    const broken = expect(waiting).rejects.toThrow();
    const start = performance.now();
    connection.destroy();
    await broken;
    expect(performance.now() - start).toBeLessThan(1000);
    own.resume();
    await client.close();
    await user.end();
    await own.stop();
  });

  test('a server that is away: connecting is refused with a ConnectionError, and works when it is back', async () => {
    const own = await startServer();
    const user = await library.single(own.port);
    await user.ping();
    const client = recogniseClient(user.client);
    await own.kill();
    await expect(client.connect(key)).rejects.toMatchObject({ code: 'CONNECTION' });
    await own.start();
    const connection = await client.connect(key);
    expect(await connection.send(['PING'])).toBe('PONG');
    await client.close();
    await user.end();
    await own.stop();
  });

  test('a user whose password is changed meanwhile: connecting is refused by the server in its own words', async () => {
    const own = await startServer();
    await onWire(own.port, (wire) => wire.send('ACL', 'SETUSER', 'worker', 'on', '>old', '~*', '+@all'));
    const user = await library.single(own.port, { username: 'worker', password: 'old' });
    await user.ping();
    await onWire(own.port, (wire) => wire.send('ACL', 'SETUSER', 'worker', 'resetpass', '>new'));
    const client = recogniseClient(user.client);
    await expect(client.connect(key)).rejects.toThrow(/^WRONGPASS /);
    await client.close();
    await user.end();
    await own.stop();
  });
});

test.each(IOREDIS_FAMILY)(
  '$name that is not connected, and keeps no queue: calls go out all the same',
  async (library) => {
    const user = await library.single(server.port, {}, { enableOfflineQueue: false, lazyConnect: true });
    const client = recogniseClient(user.client);
    expect(await send(client, 'key', ['PING'])).toBe('PONG');
    expect(user.client).toMatchObject({ status: 'wait' });
    await client.close();
    await user.end();
  },
);

test.each(LIBRARIES)('$name that its owner ends: the connections like it end too', async (library) => {
  const user = await library.single(server.port);
  const [client, another] = [recogniseClient(user.client), recogniseClient(user.client)];
  const connections = await Promise.all([client, another].map((one) => one.connect('key')));
  const waiting = connections.map((connection) => connection.send(['BZPOPMIN', 'nothing', '0']));
  const broken = waiting.map((reply) => expect(reply).rejects.toThrow());
  await user.end();
  await Promise.all(broken);
  expect(connections.map(({ isOver }) => isOver)).toEqual([true, true]);
});

test.each(NODE_REDIS_FAMILY)('$name that was not opened: the error says to call connect()', async (library) => {
  const user = await library.single(server.port);
  const { duplicate } = user.client as { duplicate(): UserClient['client'] };
  const unopened = duplicate.call(user.client) as { connect(): Promise<unknown>; destroy(): void };
  const client = recogniseClient(unopened);
  for (const call of [send(client, 'key', ['PING']), client.connect('key')]) {
    await expect(call).rejects.toMatchObject({ code: 'CONNECTION', message: expect.stringContaining('connect()') });
  }
  // While it is connecting, calls wait.
  const connecting = unopened.connect();
  expect(await send(client, 'key', ['PING'])).toBe('PONG');
  await connecting;
  unopened.destroy();
  await client.close();
  await user.end();
});

function listenersOf(emitter: NodeJS.EventEmitter): Record<string, number> {
  return Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]));
}
