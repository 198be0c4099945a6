/** The rights that suffice, and that none of them is too many. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserClient } from '../redis-clients/libraries.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { conformsThrough } from './conformance-suite.js';
import { callsOf, says, tell } from './tell.js';
import { library, storeAt } from './users.js';

const password = 'secret-of-the-test';
/** What docs/redis.md gives to users, without the name and the password. */
const KEYS = '~tusker:*';
const COMMANDS = [
  '+fcall',
  '+function|load',
  '+info',
  '+ping',
  '+type',
  '+time',
  '+get',
  '+set',
  '+hget',
  '+hmget',
  '+hset',
  '+hdel',
  '+hlen',
  '+hstrlen',
  '+hscan',
  '+zadd',
  '+zrem',
  '+zcard',
  '+zcount',
  '+zrange',
  '+zrangebyscore',
  '+zrank',
  '+zscore',
  '+zmscore',
  '+zscan',
  '+bzpopmin',
  '+xadd',
  '+xrange',
  '+xread',
  '+unlink',
  '+client|info',
] as const;

let server: RedisServer;
beforeAll(async () => {
  server = await startServer();
  await tell(server, 'ACL', 'SETUSER', 'tusker', 'on', `>${password}`, KEYS, ...COMMANDS);
});
afterAll(() => server.stop());

describe.each(['ioredis 6', 'redis 6'])('a user with these rights and no others, through %s', (name) => {
  let user: UserClient;
  beforeAll(async () => {
    user = await library(name).single(server.port, { username: 'tusker', password });
  });
  afterAll(() => user.end());

  conformsThrough(() => user);
});

test('a worker whose connection breaks needs no further right', async () => {
  const h = await storeAt(server.port, {}, { username: 'tusker', password });
  await h.claim();
  const waiting = h.store.claim([{ nonce: h.nonce(), lease: 30_000, worker: 'w' }], 10_000);
  await says(server, 'clients', /blocked_clients:1\r/);
  const [, id] = /id=(\d+) [^\n]*cmd=bzpopmin/.exec(String(await tell(server, 'CLIENT', 'LIST'))) ?? [];
  await tell(server, 'CLIENT', 'KILL', 'ID', String(id));
  await h.close('t');
  expect(await waiting).toMatchObject([{ kind: 'claimed', task: 't' }]);
});

test('a wait that is aborted needs no further right', async () => {
  const h = await storeAt(server.port, {}, { username: 'tusker', password });
  const abort = new AbortController();
  const waiting = h.store.claim([{ nonce: h.nonce(), lease: 30_000, worker: 'w' }], 10_000, abort.signal);
  await says(server, 'clients', /blocked_clients:1\r/);
  abort.abort();
  expect(await waiting).toMatchObject([{ kind: 'none' }]);
});

test('an events reader that waits needs no further right', async () => {
  const h = await storeAt(server.port, {}, { username: 'tusker', password });
  const { cursor } = await h.store.events({ limit: 10 });
  const waiting = h.store.events({ after: cursor, limit: 10, wait: 10_000 });
  await says(server, 'clients', /blocked_clients:1\r/);
  await h.close('t');
  expect((await waiting).events.length).toBeGreaterThan(0);
});

test('a list that is read on after its last task has moved needs no further right', async () => {
  const h = await storeAt(server.port, {}, { username: 'tusker', password });
  for (const task of ['a', 'b', 'c']) await h.open(task);
  const first = await h.store.tasks({ state: 'open', limit: 1 });
  await h.close(first.tasks[0]?.task ?? '');
  const second = await h.store.tasks({ state: 'open', limit: 5, cursor: first.cursor ?? '' });
  expect(second.tasks.map(({ task }) => task)).toEqual(['b', 'c']);
});

test('the server has refused that user nothing', async () => {
  const log = (await tell(server, 'ACL', 'LOG')) as string[][];
  expect(log.map((entry) => entry[entry.indexOf('object') + 1])).toEqual([]);
});

test('no right is more than is used', async () => {
  const used = await Promise.all(
    COMMANDS.map(async (right) => ({ right, calls: await callsOf(server, right.slice(1).replace('|', '\\|')) })),
  );
  expect(used.filter(({ calls }) => calls === 0)).toEqual([]);
});
