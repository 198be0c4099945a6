import { expect, onTestFinished, test } from 'vitest';
import type { ResultsPage, Store } from '../../src/core/store.js';
import { createTusker } from '../../src/index.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';

/** A store whose listings skip a name, so many times: as one does when a server takes the place of another. */
function skipping(times: number): Store {
  const store = memoryStore();
  let left = times;
  const read = store.results.bind(store);
  store.results = async (query): Promise<ResultsPage> => {
    const page = await read(query);
    if (page.kind !== 'results' || left-- <= 0) return page;
    return { ...page, names: page.names.slice(1), results: page.results.slice(1) };
  };
  return store;
}

async function claimedWithThree(store: Store) {
  const tusker = createTusker({ store });
  onTestFinished(() => tusker.stop());
  for (const unit of [1, 2, 10]) await (await tusker.lock('song', unit)).unlock(unit);
  await tusker.close('song');
  const claim = await tusker.fetchReleased();
  if (!claim) throw new Error('nothing was released');
  return claim;
}

test('a listing that skipped a done unit is read again: results are whole', async () => {
  expect(await (await claimedWithThree(skipping(2))).results()).toEqual([1, 2, 10]);
});

test('one that stays short is an error, never a shorter list', async () => {
  const claim = await claimedWithThree(skipping(Number.POSITIVE_INFINITY));
  await expect(claim.results()).rejects.toMatchObject({
    code: 'CONNECTION',
    message: expect.stringContaining('2 of 3'),
  });
});
