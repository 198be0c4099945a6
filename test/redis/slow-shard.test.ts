/** Two shards of which one answers late: the other serves its waiter, and what the late one grants is not lost. */
import { expect, onTestFinished, test } from 'vitest';
import { openUrl } from '../../src/stores/redis/clients/open-url.js';
import type { RedisClient, RedisConnection } from '../../src/stores/redis/clients/redis-client.js';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import { storeOver } from '../../src/stores/redis/store-over.js';
import { History } from '../../src/testing/index.js';
import { until } from '../redis-ground/until.js';
import { ownServer } from './tell.js';
import { storeAt } from './users.js';
import { claimed, howOf, oneOnEach, waits } from './waits.js';

/** A client whose answers to some commands come when the test says so; those behind them are not held up. */
function lateClient(inner: RedisClient, isLate: (words: readonly string[], reply: unknown) => boolean) {
  let letGo = (): void => {};
  const over = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let held = 0;
  const late = (connection: RedisConnection): RedisConnection => ({
    get isOver() {
      return connection.isOver;
    },
    send: async (words) => {
      const reply = await connection.send(words);
      if (isLate(words, reply)) {
        held++;
        await over;
      }
      return reply;
    },
    destroy: () => connection.destroy(),
  });
  const client: RedisClient = {
    library: inner.library,
    isCluster: inner.isCluster,
    serverOf: (key, redirection) => inner.serverOf(key, redirection),
    placeName: (server) => inner.placeName(server),
    masters: () => inner.masters(),
    lookAgain: (key) => inner.lookAgain(key),
    connect: async (key, server) => late(await inner.connect(key, server)),
    close: () => inner.close(),
  };
  return { client, letGo, held: () => held };
}

test('a late shard keeps its waiter from none of the others, and what it grants then goes back, its attempt unspent', async () => {
  const server = await ownServer();
  const direct = await storeAt(server.port, { shards: 2 });
  const [slow = '', quick = ''] = oneOnEach(direct, 2);
  // Only the answer that grants: on a slow machine an empty one comes before it.
  const { client, letGo, held } = lateClient(openUrl(server.url), (words, reply) => {
    const isClaim = words[1] === FUNCTIONS.claim && howOf({ words }) === '2';
    return isClaim && JSON.stringify(reply).includes(`"${slow}"`);
  });
  const store = storeOver(client, { shards: 2, namespace: direct.store.name });
  onTestFinished(() => store.close());
  const h = new History({ store, advance: async () => {}, dispose: () => store.close() });
  await h.stats();
  const waiting = waits(h, 20_000);
  await direct.close(slow, { attempts: 1 });
  await until('the late one has granted its task', async () => held() > 0 || undefined);
  await direct.close(quick);
  expect(claimed(await waiting)).toEqual([quick]);
  expect(await direct.stats()).toMatchObject({ processing: 2 });
  letGo();
  await until('its grant is given back', async () => (await direct.stats()).released === 1 || undefined);
  expect(await direct.claimed()).toMatchObject({ task: slow, attempt: 1 });
}, 30_000);
