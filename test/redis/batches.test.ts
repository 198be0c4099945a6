/** How calls share a trip to the server: what one tick asks for goes in few calls of the library. */
import { expect, onTestFinished, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import type { RedisServer } from '../redis-ground/server.js';
import { callsOf, ownServer, tell } from './tell.js';

async function ground(): Promise<{ server: RedisServer; tusker: Tusker; calls(work: () => unknown): Promise<number> }> {
  const server = await ownServer();
  const tusker = createTusker(server.url);
  onTestFinished(() => tusker.stop());
  await tusker.stats();
  const calls = async (work: () => unknown): Promise<number> => {
    await tell(server, 'CONFIG', 'RESETSTAT');
    await work();
    return callsOf(server, 'fcall');
  };
  return { server, tusker, calls };
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

test('a task that cannot be read refuses its own calls; those that share its batch go on', async () => {
  const { server, tusker } = await ground();
  await tell(server, 'HSET', 'tusker:{default}:tasks', 'broken', 'no record');
  const outcomes = await Promise.allSettled([lockAll(tusker, 10, 1), tusker.lock('broken', 'u')]);
  expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'STORE_CORRUPT' } }]);
});

test.each([
  { what: 'units are expected', make: (tusker: Tusker) => tusker.open('t', { expect: 100 }) },
  {
    what: 'a unit has failed',
    make: async (tusker: Tusker) => (await tusker.lock('t', 'bad')).fail(new Error('no')),
  },
])('a task of which $what needs all keys: one call more the first time, then it is known', async ({ make }) => {
  const { tusker, calls } = await ground();
  await make(tusker);
  expect(await calls(() => tusker.lock('t', 'a'))).toBe(2);
  expect(await calls(() => tusker.lock('t', 'b'))).toBe(1);
});

test('of a batch only the tasks that need all keys are sent again; each call has the effect of one', async () => {
  const { server, tusker, calls } = await ground();
  const tasks = ['t0', 't1', 't2', 't3'];
  for (const task of ['t1', 't3']) await tusker.open(task, { expect: 3 });
  const early = await Promise.all(tasks.map((task) => tusker.lock(task, 'early')));
  const other = createTusker(server.url);
  onTestFinished(() => other.stop());
  await other.stats();

  const count = await calls(() =>
    Promise.all([lockAll(other, 4, 2), ...early.map(({ task, unit, token }) => other.unlock(task, unit, { token }))]),
  );
  expect(count).toBe(2);
  for await (const { units } of tusker.tasks())
    expect(units).toMatchObject({ done: 1, locked: 2, failed: 0, expired: 0 });
});
