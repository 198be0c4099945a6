/** Servers that have lost events which somebody knows: flushed, or started again from an older snapshot. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { EventsPage } from '../../src/core/store.js';
import { createTusker } from '../../src/index.js';
import type { RedisServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { callsOf, ownServer, tell } from './tell.js';
import { storeAt } from './users.js';

const kinds = ({ events }: EventsPage): string[] => events.map(({ kind, task }) => `${kind} ${task}`);

/** Its events are those of a snapshot again: the server was killed and started on it. */
async function startOnSnapshot(server: RedisServer): Promise<void> {
  await server.kill();
  copyFileSync(join(server.dir, 'older.rdb'), join(server.dir, 'dump.rdb'));
  await server.start();
}

async function snapshot(server: RedisServer): Promise<void> {
  await tell(server, 'SAVE');
  copyFileSync(join(server.dir, 'dump.rdb'), join(server.dir, 'older.rdb'));
}

const LOSSES: Record<string, (server: RedisServer) => Promise<unknown>> = {
  'a flush': (server) => tell(server, 'FLUSHALL'),
  'a start from an older snapshot': startOnSnapshot,
};

test.each(Object.keys(LOSSES))('behind %s a reader hears of a gap once, and of each event after it', async (loss) => {
  const server = await ownServer();
  const h = await storeAt(server.port);
  await h.close('kept');
  await snapshot(server);
  for (let i = 0; i < 20; i++) await h.close(`lost ${i}`);
  const { cursor } = await h.store.events({ limit: 10 });
  await LOSSES[loss]?.(server);
  const first = await h.store.events({ after: cursor, limit: 10 });
  expect([first.gap, kinds(first)]).toEqual([true, []]);
  const none = await h.store.events({ after: first.cursor, limit: 10 });
  expect([none.gap, none.cursor]).toEqual([false, first.cursor]);
  await h.close('t');
  const behind = await h.store.events({ after: first.cursor, limit: 10 });
  expect([behind.gap, kinds(behind)]).toEqual([false, ['created t', 'closed t', 'released t']]);
});

test.each(Object.keys(LOSSES))(
  'behind %s a reader who comes back when more than was lost has happened hears of all',
  async (loss) => {
    const server = await ownServer();
    const h = await storeAt(server.port);
    await h.close('kept');
    await snapshot(server);
    await h.close('lost');
    const { cursor } = await h.store.events({ limit: 10 });
    await LOSSES[loss]?.(server);
    await h.close('t');
    await h.close('u');
    const page = await h.store.events({ after: cursor, limit: 10 });
    expect([page.gap, kinds(page)]).toEqual([
      true,
      ['created t', 'closed t', 'released t', 'created u', 'closed u', 'released u'],
    ]);
  },
);

test.each(Object.keys(LOSSES))(
  'behind %s a result is told in an instant, and nobody asks without rest',
  async (loss) => {
    const server = await ownServer();
    const [asking, working] = [createTusker(server.url), createTusker(server.url)];
    onTestFinished(async () => void (await Promise.all([asking.stop(), working.stop()])));
    await working.open('kept');
    await snapshot(server);
    for (let i = 0; i < 20; i++) await working.close(`lost ${i}`);
    // It follows from here on.
    const waiting = asking.result('never', { timeout: 60_000 }).catch(() => {});
    await until('somebody follows', async () => ((await callsOf(server, 'xread')) > 0 ? true : undefined));
    await LOSSES[loss]?.(server);
    await working.open('there');

    const result = asking.result('t', { timeout: 60_000 });
    await until('it is followed', async () => ((await callsOf(server, 'xread')) > 0 ? true : undefined));
    await working.close('t');
    const claim = await working.fetchReleased({ timeout: 20_000 });
    const began = performance.now();
    await claim?.complete({ ok: true });
    expect(await result).toEqual({ ok: true });
    expect(performance.now() - began).toBeLessThan(1000);
    await tell(server, 'CONFIG', 'RESETSTAT');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await callsOf(server, 'fcall')).toBeLessThan(20);
    await asking.stop();
    await waiting;
  },
);
