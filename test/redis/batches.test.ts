/** How calls share a trip to the server: what one tick asks for goes in few calls of the library. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Lock, Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { ManualClock } from '../../src/testing/index.js';
import type { RedisServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { callsOf, ownServer, tell } from './tell.js';
import { storeAt } from './users.js';

async function ground(): Promise<{ server: RedisServer; tusker: Tusker; calls(work: () => unknown): Promise<number> }> {
  const server = await ownServer();
  const tusker = createTusker(server.url);
  onTestFinished(async () => void (await tusker.stop({ grace: 0 })));
  await tusker.stats();
  const calls = async (work: () => unknown): Promise<number> => {
    await tell(server, 'CONFIG', 'RESETSTAT');
    await work();
    return callsOf(server, 'fcall');
  };
  return { server, tusker, calls };
}

/** Another process, as far as the server can tell. */
async function another(server: RedisServer): Promise<Tusker> {
  const other = createTusker(server.url);
  onTestFinished(async () => void (await other.stop({ grace: 0 })));
  await other.stats();
  return other;
}

const lockAll = (tusker: Tusker, tasks: number, units: number, prefix = 't'): Promise<unknown> =>
  Promise.all(Array.from({ length: tasks * units }, (_, i) => tusker.lock(`${prefix}${i % tasks}`, `u${i}`)));

test.each([
  { what: 'one unit', tasks: 1, units: 1, most: 1 },
  { what: '256 units of one task', tasks: 1, units: 256, most: 1 },
  { what: '257 units of one task', tasks: 1, units: 257, most: 2 },
  { what: 'a unit of each of 16 tasks', tasks: 16, units: 1, most: 1 },
  { what: 'a unit of each of 40 tasks: at most 16 tasks a call', tasks: 40, units: 1, most: 3 },
  { what: '20 units of each of 2 tasks: both sides have work', tasks: 2, units: 20, most: 2 },
])('$what: $most calls', async ({ tasks, units, most }) => {
  const { tusker, calls } = await ground();
  expect(await calls(() => lockAll(tusker, tasks, units))).toBe(most);
});

test('with a batch under way the next ones are as large as they may be', async () => {
  const { tusker, calls } = await ground();
  const count = await calls(async () => {
    const first = tusker.lock('first', 'u');
    // The batch of the first has left; those below share a tick after it.
    await new Promise((resolve) => process.nextTick(resolve));
    await Promise.all([first, lockAll(tusker, 10, 20, 'later')]);
  });
  expect(count).toBe(2);
});

test('of one batch each lock has its own holder, and each unlock is judged by its own token', async () => {
  const { server, tusker, calls } = await ground();
  const holders = ['one', 'two', 'one'];
  const lockEach = (): Promise<Lock[]> =>
    Promise.all(holders.map((holder, i) => tusker.lock('t', `u${i}`, { holder })));
  expect(await calls(lockEach)).toBe(1);
  const other = await another(server);
  for (const [i, holder] of holders.entries())
    await expect(other.lock('t', `u${i}`)).rejects.toMatchObject({ code: 'LOCK_HELD', holder });
  const locks = [await tusker.lock('t', 'v0'), await tusker.lock('t', 'v1'), await tusker.lock('t', 'v2')];
  expect(new Set(locks.map(({ token }) => token)).size).toBe(3);
  expect(await calls(() => Promise.all(locks.map((lock) => lock.unlock())))).toBe(1);
});

test('a task that cannot be read refuses its own calls; those that share its batch go on', async () => {
  const { server, tusker } = await ground();
  await tell(server, 'HSET', 'tusker:{default}:tasks', 'broken', 'no record');
  const outcomes = await Promise.allSettled([lockAll(tusker, 10, 1), tusker.lock('broken', 'u')]);
  expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'STORE_CORRUPT' } }]);
});

const NEEDY: readonly { what: string; make(other: Tusker): Promise<unknown> }[] = [
  { what: 'expects units', make: (other) => other.open('t', { expect: 100 }) },
  { what: 'has a failed unit', make: async (other) => (await other.lock('t', 'bad')).fail(new Error('no')) },
  {
    what: 'is closed and has no worker',
    make: async (other) => {
      await other.lock('t', 'held');
      await other.close('t', { worker: false });
    },
  },
  {
    what: 'is closed and short of a unit that ran out',
    make: async (other) => {
      await other.lock('t', 'held');
      await other.lock('t', 'short', { ttl: 1, renew: false });
      await other.close('t');
      await until('the lock has run out', async () => ((await other.sweep()).locks > 0 ? true : undefined));
    },
  },
];

describe.each(NEEDY)('a task that $what needs all keys', ({ make }) => {
  test('who is not told sends once more, and then knows', async () => {
    const { server, tusker, calls } = await ground();
    const other = await another(server);
    await make(other);
    expect(await calls(() => tusker.lock('t', 'a'))).toBe(2);
    expect(await calls(async () => (await tusker.lock('t', 'b')).unlock())).toBe(2);
  });
});

test('a name whose former task is over needs all keys', async () => {
  const server = await ownServer();
  const clock = new ManualClock();
  const h = await storeAt(server.port, { namespace: 'n', clock });
  await h.done('t', 'u');
  await h.close('t', { worker: false, retention: 300_000 });
  clock.advance(300_000);
  const other = await storeAt(server.port, { namespace: 'n', clock });
  await other.stats();
  await tell(server, 'CONFIG', 'RESETSTAT');
  expect(await other.lock('t', 'u')).toMatchObject({ kind: 'locked' });
  expect(await callsOf(server, 'fcall')).toBe(2);
  expect((await other.detail('t')).units).toMatchObject({ locked: 1, done: 0 });
});

test('of more tasks than are remembered the first told are forgotten, and told again', async () => {
  const server = await ownServer();
  const other = await storeAt(server.port, { namespace: 'n' });
  for (const task of ['a', 'b']) await other.open(task, { options: { expect: 9 } });
  const h = await storeAt(server.port, { namespace: 'n', remembered: 1 });
  await h.stats();
  const calls: number[] = [];
  for (const task of ['a', 'a', 'b', 'a']) {
    await tell(server, 'CONFIG', 'RESETSTAT');
    await h.token(task, `u${calls.length}`);
    calls.push(await callsOf(server, 'fcall'));
  }
  expect(calls).toEqual([2, 1, 2, 2]);
});

test.each(NEEDY.slice(0, 3))('who made a task one that $what knows', async ({ make }) => {
  const { tusker, calls } = await ground();
  await make(tusker);
  expect(await calls(() => tusker.lock('t', 'a'))).toBe(1);
});

test('of a batch only the tasks that need all keys are sent again; each call has the effect of one', async () => {
  const { server, tusker, calls } = await ground();
  const tasks = ['t0', 't1', 't2', 't3'];
  for (const task of ['t1', 't3']) await tusker.open(task, { expect: 3 });
  const early = await Promise.all(tasks.map((task) => tusker.lock(task, 'early')));
  const other = await another(server);

  const count = await calls(() =>
    Promise.all([lockAll(other, 4, 2), ...early.map(({ task, unit, token }) => other.unlock(task, unit, { token }))]),
  );
  expect(count).toBe(2);
  for await (const { units } of tusker.tasks())
    expect(units).toMatchObject({ done: 1, locked: 2, failed: 0, expired: 0 });
});

test.each(['', '\t', 'a\nb', '100 %', '%09', ' lock ', '1 unlock', 'ü 🐘', '0'])(
  'a holder may be called %j',
  async (holder) => {
    const { server, tusker } = await ground();
    await tusker.lock('t', 'u', { holder });
    await tusker.lock('t', 'v', { holder: 'other' });
    const other = await another(server);
    await expect(other.lock('t', 'u')).rejects.toMatchObject({ code: 'LOCK_HELD', holder });
  },
);

test('a unit that is run takes two calls; listening for the loss of its lock costs a few more in all, not for each', async () => {
  const { tusker, calls } = await ground();
  const deaf = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await tusker.run('t', i, ({ token }) => token);
  };
  const listening = async (): Promise<void> => {
    for (let i = 20; i < 40; i++) await tusker.run('t', i, ({ signal }) => signal.aborted);
  };
  expect(await calls(deaf)).toBe(40);
  expect(await calls(listening)).toBeLessThan(48);
});
