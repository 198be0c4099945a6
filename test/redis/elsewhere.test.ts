/** A server that is of no use any more, behind an address that leads to another one by now: it is left. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { openUrl } from '../../src/stores/redis/clients/open-url.js';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import type { RedisClient } from '../../src/stores/redis/clients/redis-client.js';
import { SharedConnection } from '../../src/stores/redis/connections.js';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import { storeOver } from '../../src/stores/redis/store-over.js';
import { History } from '../../src/testing/index.js';
import { LIBRARIES } from '../redis-clients/libraries.js';
import type { RedisProxy } from '../redis-ground/proxy.js';
import { startProxy } from '../redis-ground/proxy.js';
import type { RedisConfig, RedisServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { calls } from './cut-ground.js';
import { proxied } from './proxied.js';
import { ownServer, refusalsOf, tell } from './tell.js';

interface Ground {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** In front of the master, as a name or a virtual address is. */
  readonly proxy: RedisProxy;
  readonly h: History;
}

async function ground(through: (proxy: RedisProxy) => Promise<RedisClient>, config: RedisConfig = {}): Promise<Ground> {
  const settings = { 'repl-diskless-sync-delay': 0, ...config };
  const [master, replica] = await Promise.all([ownServer(settings), ownServer(settings)]);
  await tell(replica, 'REPLICAOF', '127.0.0.1', master.port);
  const proxy = await startProxy(master);
  onTestFinished(() => proxy.stop());
  const store = storeOver(await through(proxy));
  onTestFinished(() => store.close());
  const h = new History({ store, advance: async () => {}, dispose: () => store.close() });
  await until('the replica follows', async () =>
    /state=online/.test(String(await tell(master, 'INFO', 'replication'))) ? true : undefined,
  );
  return { master, replica, proxy, h };
}

const byUrl = async ({ url }: RedisProxy): Promise<RedisClient> => openUrl(url);

/** Who was the replica is the master, and new connections reach it. Those that are open stay where they are. */
async function takeOver({ master, replica, proxy }: Ground): Promise<void> {
  await until('the replica has all', async () => {
    const [mine, theirs] = await Promise.all([tell(master, 'DBSIZE'), tell(replica, 'DBSIZE')]);
    return mine === theirs && /lag=[01],?/.test(String(await tell(master, 'INFO', 'replication'))) ? true : undefined;
  });
  await tell(replica, 'REPLICAOF', 'NO', 'ONE');
  await tell(master, 'REPLICAOF', '127.0.0.1', replica.port);
  proxy.leadTo(replica);
}

const ways = [
  { name: 'a URL', client: byUrl },
  ...LIBRARIES.map((library) => ({
    name: library.name,
    client: async ({ port }: RedisProxy) => {
      const user = await library.single(port);
      onTestFinished(() => user.end());
      return recogniseClient(user.client);
    },
  })),
];

describe.each(ways)('through $name', ({ client }) => {
  test('READONLY: a demoted master is left, and what was left costs later calls nothing', async () => {
    const own = await ground(client);
    const { master, proxy, h } = own;
    const token = await h.token('t', 'u');
    await takeOver(own);
    expect(await h.unlock('t', 'u', token)).toMatchObject({ kind: 'done', done: 1 });
    const [opened, refused] = [proxy.connectionsSoFar, await refusalsOf(master, 'READONLY')];
    expect(refused).toBeGreaterThan(0);
    for (let unit = 0; unit < 10; unit++) await h.token('t', `later ${unit}`);
    expect([proxy.connectionsSoFar, await refusalsOf(master, 'READONLY')]).toEqual([opened, refused]);
  });
});

test('MASTERDOWN: a replica that has lost its master is left for the one that took over', async () => {
  const own = await ground(byUrl, { 'replica-serve-stale-data': 'no' });
  await own.h.token('t', 'u');
  await takeOver(own);
  await tell(own.master, 'REPLICAOF', '127.0.0.1', 1);
  expect(await own.h.state('t')).toBe('open');
  expect(await refusalsOf(own.master, 'MASTERDOWN')).toBeGreaterThan(0);
});

test('LOADING: a server that reads its file for long is left for the one that took over', async () => {
  const slow = { 'key-load-delay': 2000, 'loading-process-events-interval-bytes': 1024 };
  const own = await ground(byUrl, { ...slow, 'enable-debug-command': 'yes' });
  const { master, replica, proxy, h } = own;
  const token = await h.token('t', 'u');
  await takeOver(own);
  proxy.leadTo(master);
  await tell(master, 'REPLICAOF', 'NO', 'ONE');
  await tell(master, 'DEBUG', 'POPULATE', 10_000, 'filler', 200);
  await tell(master, 'SAVE');
  const restarted = master.restart().catch(() => {});
  const unlocking = h.unlock('t', 'u', token);
  await until('a LOADING', async () => {
    const seen = await refusalsOf(master, 'LOADING').catch((error: Error) => Number(/^LOADING/.test(error.message)));
    return seen > 0 || undefined;
  });
  proxy.leadTo(replica);
  expect(await unlocking).toMatchObject({ kind: 'done', done: 1 });
  expect(await tell(master, 'GET', 'x').catch(({ message }: Error) => message)).toMatch(/^LOADING/);
  await master.kill();
  await restarted;
});

test('many calls that are not answered in time have one new connection together', async () => {
  const { proxy, h } = await proxied({ commandTimeout: 300 });
  await h.token('t', 'u');
  const [before, stuck] = [proxy.connectionsSoFar, proxy.connectionsSoFar - 1];
  proxy.rule = (command) => (command.connection === stuck && command.name === 'FCALL' ? 'stall-reply' : undefined);
  const reading = Array.from({ length: 50 }, () => h.stats());
  for (const stats of await Promise.all(reading)) expect(stats).toMatchObject({ open: 1 });
  expect(proxy.connectionsSoFar).toBe(before + 1);
  expect(proxy.openConnections).toBe(1);
});

test('a server that refuses all has no more than a few connections of a caller', async () => {
  const { server, proxy, h } = await proxied({ retryFor: 2500 });
  await h.token('t', 'u');
  await tell(server, 'REPLICAOF', '127.0.0.1', 1);
  const before = proxy.connectionsSoFar;
  const refused = Array.from({ length: 40 }, (_, i) => h.lock('t', `v${i}`).catch((error: Error) => error.message));
  for (const message of await Promise.all(refused)) expect(message).toMatch(/nothing was written.*READONLY/);
  // One every half a second.
  expect(proxy.connectionsSoFar - before).toBeLessThan(8);
  proxy.rule = undefined;
  await tell(server, 'REPLICAOF', 'NO', 'ONE');
  expect(await h.token('t', 'w')).toBeGreaterThan(0);
  await until('what was left is ended', async () => proxy.openConnections === 1 || undefined);
});

test('200 calls that find no functions have one load of the library between them', async () => {
  const { server, proxy, h } = await proxied();
  await h.stats();
  await tell(server, 'FUNCTION', 'FLUSH');
  let [loads, reads] = [0, 0];
  proxy.rule = (command) => {
    if (command.name === 'FUNCTION') loads++;
    if (calls(FUNCTIONS.stats)(command)) reads++;
    return undefined;
  };
  await Promise.all(Array.from({ length: 200 }, () => h.stats()));
  expect(reads).toBeGreaterThan(200);
  expect(loads).toBe(1);
});

test('a library that another process has put there meanwhile will do', async () => {
  const server = await ownServer();
  const client = openUrl(server.url);
  onTestFinished(() => client.close());
  const connection = new SharedConnection(await client.connect('key'), 5000, 'Redis');
  await connection.load();
  await connection.load();
  expect(await tell(server, 'FUNCTION', 'LIST')).toHaveLength(1);
});
