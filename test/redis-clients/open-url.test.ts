import { afterAll, beforeAll, expect, test } from 'vitest';
import { InvalidArgumentError } from '../../src/core/errors.js';
import { openUrl } from '../../src/stores/redis/clients/open-url.js';
import { parseRedisUrl } from '../../src/stores/redis/clients/redis-url.js';
import { sharedCluster } from '../redis-ground/cluster.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { onWire } from '../redis-ground/wire.js';
import { BEHAVIOURS } from './behaviour.js';
import { send } from './send.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const plain = {
  host: 'host',
  port: 6379,
  username: undefined,
  password: undefined,
  database: 0,
  isTls: false,
  isCluster: false,
};

test.each([
  ['redis://host', {}],
  ['redis://host/', {}],
  ['rediss://host:6380/7', { port: 6380, database: 7, isTls: true }],
  ['redis://:p%40ss%2F%23%3A@host', { password: 'p@ss/#:' }],
  ['redis://us%20er:pa:ss@host:1', { username: 'us er', password: 'pa:ss', port: 1 }],
  ['redis://[::1]:7000/15', { host: '::1', port: 7000, database: 15 }],
  ['redis://host?cluster=true', { isCluster: true }],
  ['rediss://host/0?cluster=true', { isCluster: true, isTls: true }],
  ['redis://host?cluster=false', {}],
  ['valkey://:secret@host', { password: 'secret' }],
  ['valkeys://host', { isTls: true }],
])('%s is understood', (url, parts) => {
  expect(parseRedisUrl(url)).toEqual({ ...plain, ...parts });
});

test.each([
  'redis:host',
  'http://:secret@host',
  ':secret@host',
  'redis://',
  'redis://:secret',
  'redis://user:secret@',
  'redis://user:se/cret@host',
  'redis://user:12/secret@host',
  'redis://user:se#cret@host',
  'redis://:%zzsecret@host',
  'redis://:secret@host:99999',
  'redis://:secret@host:0',
  'redis://:secret@host/x',
  'redis://:secret@host/1/2',
  'redis://:secret@host/-1',
  'redis://:secret@host?secret=1',
  'redis://:secret@host?cluster=secret',
  'redis://:secret@host?cluster=true&cluster=true',
  'redis://:secret@host/1?cluster=true',
  'redis://secret@host',
  'redis://:secret@host#secret',
])('%s is refused at once, and nothing of it is shown', (url) => {
  let refusal: unknown;
  try {
    openUrl(url);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(InvalidArgumentError);
  expect(refusal).toMatchObject({ argument: 'url' });
  const { message, stack, value, cause } = refusal as InvalidArgumentError;
  for (const shown of [message, stack?.split('\n    at ')[0], String(value), String(cause)]) {
    expect(shown).not.toMatch(/secret|cret|host[^[]*99999|zz/);
  }
});

test.each(Object.entries(BEHAVIOURS))('a URL: %s', async (promise, behaves) => {
  const client = openUrl(server.url);
  await behaves(client, `url/${promise}`);
  await client.close();
  await client.close();
  await expect(send(client, 'key', ['PING'])).rejects.toMatchObject({ code: 'CONNECTION' });
});

test('nothing is opened before the first call, and close ends all that was', async () => {
  const clients = (): Promise<number> =>
    onWire(
      server.port,
      async (wire) =>
        String(await wire.send('CLIENT', 'LIST'))
          .trim()
          .split('\n').length - 1,
    );
  expect(await clients()).toBe(0);
  const unused = openUrl(server.url);
  const client = openUrl(server.url);
  await send(client, 'key', ['PING']);
  await client.connect('key');
  expect(await clients()).toBe(2);
  await Promise.all([client.close(), unused.close()]);
  await until('both are gone', async () => ((await clients()) === 0 ? true : undefined));
});

test('user, password and database hold', async () => {
  await onWire(server.port, (wire) => wire.send('ACL', 'SETUSER', 'worker', 'on', '>p@ss/#:', '~*', '+@all'));
  const client = openUrl(`redis://worker:p%40ss%2F%23%3A@127.0.0.1:${server.port}/4`);
  const connection = await client.connect('key');
  for (const info of [await send(client, 'key', ['CLIENT', 'INFO']), await connection.send(['CLIENT', 'INFO'])]) {
    expect(info).toMatch(/ db=4 .* user=worker /);
  }
  await client.close();
});

test('a server that comes back is found again', async () => {
  const own = await startServer();
  const client = openUrl(own.url);
  await send(client, 'key', ['SET', 'key', '1']);
  await own.kill();
  await expect(send(client, 'key', ['GET', 'key'])).rejects.toThrow();
  await own.start();
  await until('an answer', () => send(client, 'key', ['PING']).catch(() => undefined));
  await client.close();
  await own.stop();
});

test('cluster=true opens a Cluster client', async () => {
  const cluster = await sharedCluster();
  const client = openUrl(`redis://127.0.0.1:${cluster.nodes[0]?.port}?cluster=true`);
  expect(client.isCluster).toBe(true);
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) expect(await send(client, key, ['SET', key, key])).toBe('OK');
  await client.close();
});
