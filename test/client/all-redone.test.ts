/** An item of `all()` that is redone while the call is under way: its earlier result is not given. */
import { expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';
import { inMemory } from '../tuskers.js';

const key = String;
const ITEMS = ['a', 'b', 'c'];

/** Gives each item a result that says how often it was worked on; while the last one is worked on, the first is redone. */
function redoing(tusker: Tusker) {
  const tries: Record<string, number> = {};
  return async (item: string): Promise<string> => {
    tries[item] = (tries[item] ?? 0) + 1;
    if (item === 'c' && tries.c === 1) await tusker.redo('t', 'a', { reason: 'damaged' });
    return `${item}${tries[item]}`;
  };
}

test('it is worked on again before the call returns', async () => {
  const tusker = inMemory();
  const done: number[] = [];
  const onProgress = (progress: { done: number }) => void done.push(progress.done);
  const work = redoing(tusker);
  expect(await tusker.all('t', ITEMS, work, { key, concurrency: 1, onProgress })).toEqual(['a2', 'b1', 'c1']);
  expect(done).toEqual([1, 2, 3, 3]);
  expect((await tusker.explain('t')).detail).toMatchObject({ state: 'completed', units: { done: 3, failed: 0 } });
  expect(await tusker.all('t', ITEMS, work, { key })).toEqual(['a2', 'b1', 'c1']);
});

test('so it is where other units of the task hide that one is missing', async () => {
  const tusker = inMemory();
  await tusker.run('t', 'x', () => 'x');
  const items = Array.from({ length: 1001 }, (_, index) => `${index}`);
  let tries = 0;
  const work = async (item: string): Promise<number> => {
    if (item === '1000') await tusker.redo('t', '0', { reason: 'damaged' });
    return item === '0' ? ++tries : 0;
  };
  const [first] = await tusker.all('t', items, work, { key, concurrency: 1 });
  expect(first).toBe(2);
});

test('with settled it is, too', async () => {
  const tusker = inMemory();
  const ends = await tusker.all('t', ITEMS, redoing(tusker), { key, concurrency: 1, settled: true });
  expect(ends.map((end) => end.status === 'fulfilled' && end.value)).toEqual(['a2', 'b1', 'c1']);
});

test('and where it is redone when the task is about to be closed', async () => {
  const { tusker, store, peer } = unrulyTusker();
  const closing = store.next('close').holdsCall();
  let tries = 0;
  const all = tusker.all('t', ['a'], () => ++tries, { key });
  await closing.arrived;
  await peer().redo('t', 'a', { reason: 'damaged' });
  closing.letGo();
  expect(await all).toEqual([2]);
});
