/** A server whose tasks an older tusker wrote, and two versions at work on it at once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ShardKeys } from '../../src/stores/redis/keys.js';
import type { History } from '../../src/testing/index.js';
import { ManualClock } from '../../src/testing/index.js';
import { fixture, goesOn, LaterHistory, showsAll, WRITTEN_AT } from '../fixtures/older.js';
import { freePort } from '../redis-ground/ports.js';
import { RedisServer } from '../redis-ground/server.js';
import type { Reply } from '../redis-ground/wire.js';
import { onWire } from '../redis-ground/wire.js';
import { library, storeOf } from './users.js';

const keys = new ShardKeys('old');
/** The function `apply` of the older version, whose library is in the RDB, and the keys that it takes. */
const OLD_APPLY = ['FCALL', 'tusker_cc2def2de957_apply'];
const oldKeys = (task: string): string[] => [...keys.all, ...keys.task(task).slice(0, 4)];

interface Ground {
  say(...words: string[]): Promise<Reply>;
  /** A client of today. */
  today(): Promise<History>;
  /** A lock as the older version asks for one. */
  lockOfOld(task: string, unit: string): Promise<Reply>;
}

async function ground(): Promise<Ground> {
  const server = new RedisServer(await freePort());
  writeFileSync(join(server.dir, 'dump.rdb'), fixture('layout-1.rdb'));
  await server.start();
  onTestFinished(() => server.stop());
  const say = (...words: string[]) => onWire(server.port, (wire) => wire.send(...words));
  return {
    say,
    today: async () => {
      const clock = new ManualClock(WRITTEN_AT);
      const opening = library('ioredis 6').single(server.port, {});
      const { store } = await storeOf(opening, { namespace: 'old', clock, random: () => 0.5 });
      return new LaterHistory({ store, advance: async (ms) => clock.advance(ms), dispose: async () => {} });
    },
    lockOfOld: (task, unit) => {
      const plan = '1 1\n2\t1 lockBy 86400000 60000 3600000 0 old';
      const touched = oldKeys(task);
      return say(
        ...OLD_APPLY,
        `${touched.length}`,
        ...touched,
        `${WRITTEN_AT}`,
        plan,
        task,
        `nonce ${task} ${unit}`,
        unit,
      );
    },
  };
}

const layout = async ({ say }: Ground): Promise<number> =>
  String(await say('HGET', keys.key('tasks'), '')).charCodeAt(0);

async function setLayout({ say }: Ground, number: number): Promise<void> {
  const byte =
    "redis.call('HSET', KEYS[1], '', string.char(ARGV[1]) .. string.sub(redis.call('HGET', KEYS[1], ''), 2))";
  await say('EVAL', byte, '1', keys.key('tasks'), `${number}`);
}

test('what the layout before wrote is all there, and goes its way', { timeout: 60_000 }, async () => {
  const h = await (await ground()).today();
  await showsAll(h);
  await goesOn(h);
});

test('looking changes nothing; the first call that writes brings the shard up to the new layout', async () => {
  const old = await ground();
  const h = await old.today();
  await showsAll(h);
  expect(await layout(old)).toBe(1);
  await h.token('open', 'next');
  expect(await layout(old)).toBe(3);
  expect(await h.state('open')).toBe('open');
});

test('during a deploy the older version works until the newer one writes; then it is refused, and the newer goes on', async () => {
  const old = await ground();
  const h = await old.today();
  expect(await old.lockOfOld('open', 'theirs')).toEqual([
    WRITTEN_AT,
    1,
    'L',
    expect.any(Number),
    expect.any(Number),
    expect.any(Number),
  ]);
  await showsLocksOf(h, 'theirs');
  expect(await old.lockOfOld('open', 'more')).toContain('L');
  await h.failUnit('open', 'ours', await h.token('open', 'ours'));
  await expect(old.lockOfOld('open', 'late')).rejects.toThrow('TUSKERSHARDS 3 1');
  await showsLocksOf(h, 'theirs', 'more');
  await h.release('open');
  expect((await h.claimed()).task).toBe('queued');
  const { task, incomplete } = await h.claimed();
  expect([task, incomplete?.failed, incomplete?.expired]).toEqual(['open', 3, 4]);
  expect(incomplete?.names.slice(0, 4)).toEqual(['b', 'a', 'c', 'ours']);
});

async function showsLocksOf(h: History, ...units: string[]): Promise<void> {
  const states = await h.units('open');
  for (const unit of units) expect(states[unit]).toBe('locked');
}

test('layout 2 is brought up by the first call that writes, and its tasks go their way', async () => {
  const old = await ground();
  const h = await old.today();
  await h.done('of 2', 'u');
  await setLayout(old, 2);
  expect(await h.state('of 2')).toBe('open');
  expect(await layout(old)).toBe(2);
  expect((await h.redo('of 2', 'u')).kind).toBe('redone');
  expect(await layout(old)).toBe(3);
  await h.done('of 2', 'u', '1');
  await showsAll(h);
});

test('a shard of a newer layout is refused by code, with both numbers', async () => {
  const old = await ground();
  const h = await old.today();
  await h.token('open', 'next');
  await setLayout(old, 4);
  for (const call of [h.token('open', 'u'), h.claim(), h.stats(), h.sweep()]) {
    await expect(call).rejects.toMatchObject({
      code: 'UNSUPPORTED_SERVER',
      message: 'This namespace has layout 4, this tusker reads 3: a newer one has written to it. Use that one.',
    });
  }
});
