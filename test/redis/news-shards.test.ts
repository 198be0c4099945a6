/** Events of several shards while one master is dead or silent: those of the others are told in an instant. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventsPage } from '../../src/core/store.js';
import { slotOf } from '../../src/stores/redis/clients/slot.js';
import { shardsOf } from '../../src/stores/redis/keys.js';
import type { History } from '../../src/testing/index.js';
import type { RedisCluster } from '../redis-ground/cluster.js';
import { startCluster } from '../redis-ground/cluster.js';
import type { RedisServer } from '../redis-ground/server.js';
import { library, storeOf } from './users.js';

const HOUR = 3_600_000;

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startCluster({ masters: 3, replicas: 0, config: { 'cluster-require-full-coverage': 'no' } });
});
afterAll(() => cluster.stop());

const TROUBLES: Record<string, { begin(server: RedisServer): unknown; end(server: RedisServer): unknown }> = {
  silent: { begin: (server) => server.pause(), end: (server) => server.resume() },
  dead: { begin: (server) => server.kill(), end: (server) => server.start() },
};

/** Two sides of one namespace, the master of its first shard, and names of tasks in that shard and on the other masters. */
async function sides(namespace: string): Promise<{
  reader: History;
  writer: History;
  server: RedisServer;
  ill: (word: string) => string;
  well: (word: string) => string;
}> {
  const open = (): Promise<History> => storeOf(library('ioredis 6').cluster(cluster.addresses), { namespace });
  const [reader, writer] = [await open(), await open()];
  const masters = await Promise.all(shardsOf(namespace, 8).map((keys) => cluster.masterOf(slotOf(keys.key('tasks')))));
  const named = (fits: (shard: number) => boolean) => (word: string) => {
    for (let i = 0; ; i++) if (fits(writer.store.shardOf(`${word} ${i}`))) return `${word} ${i}`;
  };
  await Promise.all([reader.stats(), writer.stats()]);
  return {
    reader,
    writer,
    server: masters[0]?.server as RedisServer,
    ill: named((shard) => shard === 0),
    well: named((shard) => masters[shard] !== masters[0]),
  };
}

/** Opens tasks one after the other, and reads what each tells. How long the slowest took from its third on, in ms. */
async function follow(
  { reader, writer }: Pick<Awaited<ReturnType<typeof sides>>, 'reader' | 'writer'>,
  after: string,
  names: readonly string[],
): Promise<{ cursor: string; slowest: number }> {
  let cursor = after;
  let slowest = 0;
  for (const [i, name] of names.entries()) {
    const told = reader.store.events({ after: cursor, limit: 100, wait: HOUR });
    await writer.open(name);
    const began = performance.now();
    const page = await told;
    if (i >= 2) slowest = Math.max(slowest, performance.now() - began);
    expect(page.events.map(({ task }) => task)).toContain(name);
    cursor = page.cursor;
  }
  return { cursor, slowest };
}

/** Reads on until a page fits. Whether there was a gap. */
async function hasGapUntil(h: History, after: string, fits: (page: EventsPage) => boolean): Promise<boolean> {
  let hasGap = false;
  for (let cursor = after; ; ) {
    const page = await h.store.events({ after: cursor, limit: 100, wait: HOUR });
    hasGap ||= page.gap;
    if (fits(page)) return hasGap;
    cursor = page.cursor;
  }
}

describe.each(Object.keys(TROUBLES))('while one master is %s', (trouble) => {
  test('the events of the others are told at once, and its own once it is back', async () => {
    const both = await sides(`follow ${trouble}`);
    const { reader, writer, server, ill, well } = both;
    const { cursor: before } = await reader.store.events({ limit: 10 });
    const { cursor } = await follow(both, before, [ill('before')]);
    await TROUBLES[trouble]?.begin(server);
    const names = Array.from({ length: 8 }, (_, i) => well(`during ${i}`));
    const during = await follow(both, cursor, names);
    expect(during.slowest).toBeLessThan(400);
    await TROUBLES[trouble]?.end(server);
    await cluster.settled();
    const behind = ill('behind');
    const opened = writer.open(behind);
    const hasGap = await hasGapUntil(reader, during.cursor, ({ events }) => events.some(({ task }) => task === behind));
    // A server that comes back empty has lost what was read.
    expect(hasGap).toBe(trouble === 'dead');
    await opened;
  }, 60_000);

  test('who begins to read then hears of the others, and of a gap once it is back', async () => {
    const both = await sides(`begin ${trouble}`);
    const { reader, server, well } = both;
    await TROUBLES[trouble]?.begin(server);
    const { cursor } = await reader.store.events({ limit: 10, partial: true });
    const during = await follow(
      both,
      cursor,
      Array.from({ length: 4 }, (_, i) => well(`during ${i}`)),
    );
    expect(during.slowest).toBeLessThan(400);
    await TROUBLES[trouble]?.end(server);
    await cluster.settled();
    expect(await hasGapUntil(reader, during.cursor, (page) => !page.cursor.includes('?'))).toBe(true);
  }, 60_000);
});
