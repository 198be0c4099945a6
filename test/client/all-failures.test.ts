/** What becomes of items that fail: attempts, `settled`, all errors together, and what is told on the way. */
import { describe, expect, test, vi } from 'vitest';
import { failedItemsText } from '../../src/client/trouble.js';
import type { AllProgress, ItemsFailedError } from '../../src/index.js';
import { FatalError, isTuskerError, LockHeldError, LockLostError, UnitFailedError } from '../../src/index.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';
import { inMemory } from '../tuskers.js';
import { lastingTuskers } from './all-grounds.js';

const key = String;

describe('attempts', () => {
  test('are as many as was said, with the backoff between them, under one lock', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const tries: [number, number, number][] = [];
    const work = (_: string, { attempt, token }: { attempt: number; token: number }): string => {
      tries.push([attempt, time.now, token]);
      if (attempt < 3) throw new Error('rate limited');
      return 'well';
    };
    let results: unknown;
    const backoff = { base: 10_000, factor: 3, jitter: 0 };
    tusker.all('t', ['a'], work, { key, attempts: 3, backoff }).then((all) => (results = all));
    await time.passes(39_000);
    expect(await peer().tryLock('t', 'a')).toMatchObject({ kind: 'held' });
    await time.passes(1000);
    expect(results).toEqual(['well']);
    const [token] = tries.map(([, , first]) => first);
    expect(tries).toEqual([
      [1, 0, token],
      [2, 10_000, token],
      [3, 40_000, token],
    ]);
  });

  test('are one without that, and a FatalError is the last', async () => {
    const tusker = inMemory();
    const once = vi.fn(() => Promise.reject(new Error('no')));
    await expect(tusker.all('t', [1], once)).rejects.toMatchObject({ code: 'ITEMS_FAILED' });
    expect(once).toHaveBeenCalledTimes(1);
    const fatal = vi.fn(() => Promise.reject(new FatalError('never')));
    await expect(tusker.all('u', [1], fatal, { attempts: 5, backoff: 0 })).rejects.toThrow('items[0]: never');
    expect(fatal).toHaveBeenCalledTimes(1);
  });

  test('end with the tusker: an item that waits for its next one is let go', async () => {
    const { time, peer } = lastingTuskers();
    const tusker = peer();
    let error: unknown;
    const work = () => Promise.reject(new Error('no'));
    tusker.all('t', ['a'], work, { key, attempts: 9, backoff: 300_000 }).catch((thrown) => (error = thrown));
    await time.passes(10);
    void tusker.stop({ grace: 100 });
    await time.passes(100);
    expect(error).toMatchObject({ code: 'STOPPED' });
    expect(await peer().tryLock('t', 'a')).toMatchObject({ kind: 'locked' });
  });
});

test('an item that another process took over in the backoff is not waited for as long as that', async () => {
  const { tusker, time, peer } = unrulyTusker();
  const others = peer();
  let results: unknown;
  const work = () => Promise.reject(new Error('no'));
  const options = { key, ttl: 1000, attempts: 2, backoff: 300_000 };
  tusker.all('t', ['a'], work, options).then((all) => (results = all));
  await time.settles();
  time.leaps(2000);
  const theirs = await others.lock('t', 'a');
  await time.passes(1000);
  await theirs.unlock('theirs');
  await time.passes(1000);
  expect(results).toEqual(['theirs']);
});

describe('settled', () => {
  test('tries all items, and tells results and errors in their places', async () => {
    const tusker = inMemory();
    const work = (n: number) => (n % 2 === 0 ? Promise.reject(new RangeError(`no ${n}`)) : Promise.resolve({ n }));
    const ends = await tusker.all('t', [1, 2, 3, 4], work, { settled: true, concurrency: 1 });
    expect(ends).toEqual([
      { status: 'fulfilled', value: { n: 1 } },
      { status: 'rejected', reason: new RangeError('no 2') },
      { status: 'fulfilled', value: { n: 3 } },
      { status: 'rejected', reason: new RangeError('no 4') },
    ]);
    const [, again] = await tusker.all('t', [1, 2, 3, 4], work, { settled: true });
    expect(again).toMatchObject({ status: 'rejected', reason: { name: 'RangeError', message: 'no 2' } });
  });

  test('an item that came to its end before a crash is not tried again; one that was under way is', async () => {
    const { time, peer } = lastingTuskers();
    const [tusker, dead] = [peer(), peer()];
    const work = vi.fn((n: number) => (n === 2 ? Promise.reject(new Error('no')) : n));
    const hangs = (n: number) => (n === 3 ? new Promise<number>(() => {}) : work(n));
    void dead.all('t', [1, 2, 3], hangs, { settled: true }).catch(() => {});
    await time.settles();
    const ends = tusker.all('t', [1, 2, 3], work, { settled: true });
    await time.passes(1000);
    void dead.stop({ grace: 0 });
    await time.passes(1000);
    expect((await ends).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(work.mock.calls.map(([n]) => n)).toEqual([1, 2, 3]);
  });

  test.each([undefined, 'no', { status: 429 }])(
    '%j, which is no Error, is the same one in each call',
    async (thrown) => {
      const tusker = inMemory();
      const work = vi.fn(() => Promise.reject(thrown));
      const [[first], [again]] = [
        await tusker.all('t', [1], work, { settled: true }),
        await tusker.all('t', [1], work, { settled: true }),
      ];
      expect(first).toMatchObject({ status: 'rejected', reason: expect.any(Error) });
      expect(again).toEqual(first);
      expect(work).toHaveBeenCalledTimes(1);
    },
  );

  test('a result that cannot be stored is an error of its item', async () => {
    const ends = await inMemory().all('t', [1, 2], (n) => (n === 1 ? new Map() : n), { settled: true });
    expect(ends).toMatchObject([{ reason: { code: 'INVALID_ARGUMENT' } }, { value: 2 }]);
  });

  test('without errors it gives the results, and without `settled` the same task gives them plain', async () => {
    const tusker = inMemory();
    expect(await tusker.all('t', [1], (n) => n, { settled: true })).toEqual([{ status: 'fulfilled', value: 1 }]);
    expect(await tusker.all('t', [1], (n) => n)).toEqual([1]);
  });
});

describe('the error of all()', () => {
  test('names the items, alike ones once, carries what each threw, and says how many are done', async () => {
    const tusker = inMemory();
    const work = (n: number) => {
      if (n === 7) throw new TypeError('no such codec');
      if (n > 2) throw new Error('rate limited');
      return n;
    };
    const failing = tusker.all('doc', [1, 7, 2, 3, 4, 5, 6, 8], work, { concurrency: 8 });
    const error = (await failing.catch((thrown: unknown) => thrown)) as ItemsFailedError;
    expect(isTuskerError(error, 'ITEMS_FAILED')).toBe(true);
    expect(error.message).toBe(
      '6 of 8 item(s) of task "doc" failed, 2 are done: items[1]: no such codec; items[3], items[4], items[5] and 2 more: rate limited.',
    );
    expect(error.failures.map(({ index }) => index)).toEqual([1, 3, 4, 5, 6, 7]);
    expect(error.failures[0]).toMatchObject({
      unit: expect.stringMatching(/^1-/),
      error: new TypeError('no such codec'),
    });
    expect(error).toMatchObject({ task: 'doc', done: 2, total: 8, status: 424 });
    expect((error.cause as AggregateError).errors).toEqual(error.failures.map(({ error: one }) => one));
  });

  test('ends with one full stop, whatever the errors of the items end with', async () => {
    const work = (n: number) => {
      throw new Error(n === 1 ? 'no such codec.' : 'rate limited. Wait …');
    };
    const failing = inMemory().all('doc', [1, 2], work);
    await expect(failing).rejects.toThrow(/: items\[0\]: no such codec; items\[1\]: rate limited\. Wait …\.$/);
  });

  test('tells alike ones once though their units and times differ', () => {
    const errors = [
      new LockHeldError('doc', 'a', 'other:1', 4000),
      new LockHeldError('doc', 'b', 'other:1', 3000),
      new LockLostError('doc', 'c', 7),
      new LockLostError('doc', 'd', 8),
      new UnitFailedError('doc', 'e', { message: 'no such codec.' }),
      new UnitFailedError('doc', 'f', { message: 'no such codec.' }),
    ];
    expect(failedItemsText(errors.map((error, index) => ({ index, unit: error.unit, error })))).toBe(
      'items[0], items[1]: still locked by "other:1"; items[2], items[3]: its lock was lost; ' +
        'items[4], items[5]: its attempts are spent: no such codec',
    );
  });

  test('is that of the store where the store fails: no item is to blame, and none is begun any more', async () => {
    const { tusker, store } = unrulyTusker();
    store.next('unlock').rejects();
    const work = vi.fn((n: number) => n);
    await expect(tusker.all('t', [1, 2, 3], work, { concurrency: 1 })).rejects.toMatchObject({ code: 'CONNECTION' });
    expect(work).toHaveBeenCalledTimes(1);
  });
});

describe('onProgress', () => {
  test('is told of each item once it came to its end, those of earlier runs first', async () => {
    const tusker = inMemory();
    const told: AllProgress[] = [];
    const onProgress = (progress: AllProgress) => told.push(progress);
    const work = (item: string) => (item === 'b' ? Promise.reject(new Error('no')) : item);
    await tusker.all('t', ['a', 'b', 'c'], work, { key, concurrency: 1, onProgress }).catch(() => {});
    expect(told).toEqual([
      { index: 0, unit: 'a', state: 'done', done: 1, failed: 0, total: 3 },
      { index: 1, unit: 'b', state: 'failed', done: 1, failed: 1, total: 3 },
    ]);
    told.length = 0;
    await tusker.all('t', ['a', 'b', 'c'], (item) => item, { key, concurrency: 1, onProgress });
    expect(told.map(({ unit, done, failed }) => [unit, done, failed])).toEqual([
      ['a', 1, 0],
      ['b', 2, 0],
      ['c', 3, 0],
    ]);
  });

  test('ends the call by what it throws; what is done stays done', async () => {
    const tusker = inMemory();
    const onProgress = async () => Promise.reject(new Error('full disk'));
    const work = vi.fn((n: number) => n);
    await expect(tusker.all('t', [1, 2, 3], work, { concurrency: 1, onProgress })).rejects.toThrow('full disk');
    expect(await tusker.all('t', [1, 2, 3], work)).toEqual([1, 2, 3]);
    expect(work.mock.calls.map(([n]) => n)).toEqual([1, 2, 3]);
  });
});
