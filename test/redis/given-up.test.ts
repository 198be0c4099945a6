/** What tusker has given up is never sent: not from the queue of a client that the caller has told to try for ever. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import type { RedisStoreTestOptions } from '../../src/stores/redis/store-over.js';
import type { History } from '../../src/testing/index.js';
import type { Library, UserClient, UserOptions } from '../redis-clients/libraries.js';
import { IOREDIS_FAMILY, LIBRARIES } from '../redis-clients/libraries.js';
import { sharedCluster } from '../redis-ground/cluster.js';
import type { RedisProxy } from '../redis-ground/proxy.js';
import { startProxy } from '../redis-ground/proxy.js';
import { until } from '../redis-ground/until.js';
import { strike } from './cut-ground.js';
import { ownServer } from './tell.js';
import { storeAt, storeOf } from './users.js';

/** As BullMQ wants it of a client that it shares. */
const FOR_EVER = { maxRetriesPerRequest: null };

let namespaces = 0;
const options = (): RedisStoreTestOptions => ({
  namespace: `given up ${namespaces++}`,
  commandTimeout: 300,
  retryFor: 400,
});

async function givesUp(h: History): Promise<void> {
  await expect(h.close('t')).rejects.toMatchObject({ code: 'CONNECTION' });
  await expect(h.lock('t', 'u')).rejects.toMatchObject({ code: 'CONNECTION' });
}

/** The client has sent what it kept: commands go out in their order. */
async function isBack(user: UserClient): Promise<void> {
  await until('the client is back', () => user.ping().catch(() => undefined));
}

describe.each(LIBRARIES)('through $name', (library) => {
  test('calls that were given up while the server was away do not run when it is back', async () => {
    const server = await ownServer();
    const proxy = await startProxy(server);
    onTestFinished(() => proxy.stop());
    const own = options();
    const user = await library.single(proxy.port, {}, FOR_EVER);
    const [h, direct] = [await storeOf(Promise.resolve(user), own), await storeAt(server.port, own)];
    await h.stats();
    proxy.goDown();
    await givesUp(h);
    proxy.goUp();
    await isBack(user);
    expect(await direct.state('t')).toBe(null);
    expect((await h.lock('t', 'u')).kind).toBe('locked');
  });
});

/** A Cluster that the client sees through a proxy before each node. */
async function proxiedCluster(
  library: Library,
  credentials: UserOptions = {},
): Promise<{ proxies: RedisProxy[]; user: UserClient }> {
  const { nodes } = await sharedCluster();
  const proxies = await Promise.all(nodes.map(({ port }) => startProxy({ port })));
  onTestFinished(async () => {
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  });
  const seen = Object.fromEntries(
    nodes.map(({ port }, i) => [`127.0.0.1:${port}`, { host: '127.0.0.1', port: proxies[i]?.port }]),
  );
  const more = IOREDIS_FAMILY.includes(library) ? { natMap: seen, ...FOR_EVER } : { nodeAddressMap: seen };
  const user = await library.cluster(
    proxies.map(({ host, port }) => ({ host, port })),
    credentials,
    more,
  );
  return { proxies, user };
}

describe.each(LIBRARIES)('a Cluster through $name, whose nodes have other addresses from here', (library) => {
  test('calls that were given up while it was away do not run when it is back', async () => {
    const { proxies, user } = await proxiedCluster(library);
    const own = { ...options(), shards: 2 };
    const { addresses } = await sharedCluster();
    const direct = await storeOf(library.cluster(addresses), own);
    const h = await storeOf(Promise.resolve(user), own);
    const called = Promise.any(proxies.map((proxy) => proxy.passed(1, ({ name }) => name === 'FCALL')));
    await h.token('first', 'u');
    await called;
    for (const proxy of proxies) proxy.goDown();
    await givesUp(h);
    for (const proxy of proxies) proxy.goUp();
    await isBack(user);
    expect(await direct.state('t')).toBe(null);
    await until('calls go on', async () => ((await h.stats().catch(() => undefined)) ? true : undefined));
    expect(await h.state('first')).toBe('open');
  });

  test('a call that was lost there and then refused is of unknown fate', async () => {
    const { nodes } = await sharedCluster();
    const credentials = { username: `of ${options().namespace}`.replaceAll(' ', '-'), password: 'secret' };
    const allow = (rights: string): Promise<unknown> =>
      Promise.all(nodes.map((node) => node.send('ACL', 'SETUSER', credentials.username, rights)));
    for (const rights of ['on', '>secret', '~*', '&*', '+@all']) await allow(rights);
    const { proxies, user } = await proxiedCluster(library, credentials);
    const own = { ...options(), commandTimeout: 5000, retryFor: 5000 };
    const direct = await storeOf(library.cluster((await sharedCluster()).addresses), own);
    const h = await storeOf(Promise.resolve(user), own);
    await h.stats();
    const hit = Promise.any(proxies.map((proxy) => strike(proxy, 'cut-before-reply', FUNCTIONS.apply)));
    const locking = h.lock('t', 'u').catch((error: unknown) => error);
    await hit;
    for (const proxy of proxies) proxy.goDown();
    await until('the lock', async () => ((await direct.state('t')) === 'open' ? true : undefined));
    await allow('-fcall');
    for (const proxy of proxies) proxy.goUp();
    expect(await locking).toMatchObject({ code: 'CONNECTION', message: expect.stringMatching(/effect is unknown/) });
    await Promise.all(nodes.map((node) => node.send('ACL', 'DELUSER', credentials.username)));
  });
});
