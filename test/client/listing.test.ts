import { expect, onTestFinished, test, vi } from 'vitest';
import type { ResultsPage, Store } from '../../src/core/store.js';
import type { TuskerOptions } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';

/** A store that skips a unit, so many times, each time another one or always the first: as happens when a server takes the place of another. */
function skipping(times: number, skipped: (time: number) => number = () => 0): Store {
  const store = memoryStore();
  let time = 0;
  const read = store.results.bind(store);
  store.results = async (query): Promise<ResultsPage> => {
    const page = await read(query);
    if (page.kind !== 'results' || time >= times) return page;
    const place = skipped(time++);
    return { ...page, names: page.names.toSpliced(place, 1), results: page.results.toSpliced(place, 1) };
  };
  return store;
}

async function claimedWithThree(store: Store, schema: NonNullable<TuskerOptions['schema']> = {}) {
  const tusker = createTusker({ store }, { schema });
  onTestFinished(async () => void (await tusker.stop({ grace: 0 })));
  for (const unit of [1, 2, 10]) await (await tusker.lock('song', unit)).unlock(unit);
  await tusker.close('song');
  const claim = await tusker.fetchReleased();
  if (!claim) throw new Error('nothing was released');
  return claim;
}

test('a listing that skipped a done unit is read again: results are whole', async () => {
  expect(await (await claimedWithThree(skipping(2))).results()).toEqual([1, 2, 10]);
});

test('what one listing skipped may stand in another', async () => {
  const store = skipping(Number.POSITIVE_INFINITY, (time) => time);
  expect(await (await claimedWithThree(store)).results()).toEqual([1, 2, 10]);
});

test('one that stays short is an error, never a shorter list', async () => {
  const claim = await claimedWithThree(skipping(Number.POSITIVE_INFINITY));
  await expect(claim.results()).rejects.toMatchObject({
    code: 'CONNECTION',
    message: expect.stringContaining('2 of 3'),
  });
});

test('a unit that is listed twice is read once', async () => {
  const store = memoryStore();
  const read = store.results.bind(store);
  store.results = async (query): Promise<ResultsPage> => {
    const page = await read(query);
    if (page.kind !== 'results') return page;
    return { ...page, names: [...page.names, ...page.names], results: [...page.results, ...page.results] };
  };
  const validate = vi.fn((value: unknown) => ({ value }));
  const schema = { unit: { '~standard': { version: 1, vendor: 'test', validate } } } as const;
  const claim = await claimedWithThree(store, schema);
  validate.mockClear();
  expect(await claim.results()).toEqual([1, 2, 10]);
  expect(validate).toHaveBeenCalledTimes(3);
});
