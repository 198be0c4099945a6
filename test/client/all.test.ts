/** `all()`: what it asks of the store, and what it does with its options. */
import { describe, expect, test, vi } from 'vitest';
import type { CloseCall, LockCall } from '../../src/core/store.js';
import type { AllContext } from '../../src/index.js';
import type { UnrulyStore } from '../harness/unruly-store.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;
const closes = (store: UnrulyStore) => store.sent('close').map(({ what }) => what as CloseCall);
const locks = (store: UnrulyStore) => store.sent('lock').map(({ what }) => what as LockCall);

describe('the close of all()', () => {
  test('comes once, behind all units, names them, has no worker and no info, and keeps the results for a week', async () => {
    const { tusker, store, peer } = unrulyTusker();
    expect(await tusker.all('t', ['a', 'b', 'c'], (item) => item.toUpperCase())).toEqual(['A', 'B', 'C']);
    const verbs = store.batches.flat().map(({ verb }) => verb);
    expect(verbs.slice(-1)).toEqual(['close']);
    const expected = { worker: false, expect: locks(store).map(({ unit }) => unit), retention: WEEK };
    expect(closes(store)).toMatchObject([{ task: 't', info: undefined, options: expected, replace: false }]);
    const [detail] = await peer().reader.inspect(['t']);
    expect(detail).toMatchObject({
      state: 'completed',
      info: null,
      options: { ...expected, incomplete: 'fail' },
    });
  });

  test('carries the retention that was asked for: the record goes then, and not before', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    await tusker.all('t', [1], (n) => n, { retention: 2 * HOUR });
    expect(closes(store)).toMatchObject([{ options: { retention: 2 * HOUR } }]);
    await time.passes(2 * HOUR - 1);
    await others.sweep();
    expect((await others.explain('t')).state).toBe('completed');
    await time.passes(1);
    await others.sweep();
    await expect(others.explain('t')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });

  test('carries the retention of the namespace where the call names none', async () => {
    const { tusker, store } = unrulyTusker();
    const songs = tusker.namespace('songs', { retention: 3 * HOUR, incomplete: 'release' });
    await songs.all('t', [1], (n) => n);
    await songs.all('u', [1], (n) => n, { retention: 2 * HOUR });
    expect(closes(store)).toMatchObject([
      { options: { retention: 3 * HOUR }, defaults: { incomplete: 'release' } },
      { options: { retention: 2 * HOUR } },
    ]);
  });

  test('of nothing completes a task of no units', async () => {
    const { tusker, store, peer } = unrulyTusker();
    expect(await tusker.all('t', [], () => 1)).toEqual([]);
    expect(closes(store)).toMatchObject([{ options: { expect: 0 } }]);
    expect((await peer().explain('t')).state).toBe('completed');
  });

  test('does not come when a unit failed: it can be run again', async () => {
    const { tusker, store, peer } = unrulyTusker();
    const work = (n: number) => (n === 2 ? Promise.reject(new Error('no')) : n);
    await expect(tusker.all('t', [1, 2, 3], work)).rejects.toThrow('no');
    expect(closes(store)).toEqual([]);
    expect((await peer().explain('t')).state).toBe('open');
  });

  test('that does not get through is an error of all()', async () => {
    const { tusker, store } = unrulyTusker();
    store.next('close').rejects();
    await expect(tusker.all('t', [1], (n) => n)).rejects.toMatchObject({ code: 'CONNECTION' });
    expect(await tusker.all('t', [1], () => 'never')).toEqual([1]);
  });
});

describe('the locks of all()', () => {
  test('live five seconds without renewal, or as long as `ttl` says, one for each place, called after the item', async () => {
    const { tusker, store } = unrulyTusker();
    await tusker.all('t', ['a', 'b'], (item) => item);
    await tusker.all('u', ['a'], (item) => item, { ttl: 9000 });
    expect(locks(store).map(({ task, unit, ttl }) => [task, unit, ttl])).toEqual([
      ['t', expect.stringMatching(/^0-[0-9a-f]{16}$/), 5000],
      ['t', expect.stringMatching(/^1-[0-9a-f]{16}$/), 5000],
      ['u', expect.stringMatching(/^0-[0-9a-f]{16}$/), 9000],
    ]);
  });

  test('are renewed, whatever the namespace says', async () => {
    const { tusker, time } = unrulyTusker();
    const work = async (_: string, { signal }: { signal: AbortSignal }): Promise<string> => {
      await new Promise<void>((resolve, reject) => {
        void time.passes(20_000).then(resolve);
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
      return 'well';
    };
    const all = tusker.namespace('quiet', { renew: false }).all('t', ['a'], work);
    expect(await all).toEqual(['well']);
  });

  test('wait an hour for an item that another process works on, or as long as `wait` says', async () => {
    const { tusker, time, peer } = unrulyTusker();
    await peer().lock('t', 'a', { ttl: 10 * HOUR, maxHold: 10 * HOUR });
    const ends: [string, number][] = [];
    const all = (name: string, options: object): void => {
      tusker
        .all('t', ['a'], () => 1, { key: String, ...options })
        .catch((error) => ends.push([`${name} ${error.failures[0].error.code}`, time.now]));
    };
    all('short', { wait: 5000 });
    all('default', {});
    await time.passes(5000);
    expect(ends).toEqual([['short LOCK_HELD', 5000]]);
    time.leaps(HOUR - 10_000);
    await time.passes(4999);
    expect(ends).toHaveLength(1);
    await time.passes(1);
    expect(ends[1]).toEqual(['default LOCK_HELD', HOUR]);
  });

  test('are given up waiting for when the signal aborts', async () => {
    const { tusker, time, peer } = unrulyTusker();
    await peer().lock('t', 'a');
    const abort = new AbortController();
    let reason: unknown;
    tusker.all('t', ['a'], () => 1, { key: String, signal: abort.signal }).catch((error: unknown) => (reason = error));
    await time.passes(3000);
    abort.abort(new Error('enough'));
    await time.settles();
    expect(reason).toMatchObject({ message: 'enough' });
  });

  test('give the result that another process stored, without calling', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const theirs = await peer().lock('t', 20);
    const work = vi.fn((n: number) => n);
    let results: unknown;
    tusker.all('t', [10, 20, 30], work, { key: Number }).then((all) => (results = all));
    await time.passes(3000);
    expect(results).toBeUndefined();
    await theirs.unlock('theirs');
    await time.passes(1000);
    expect(results).toEqual([10, 'theirs', 30]);
    expect(work.mock.calls.map(([item]) => item)).toEqual([10, 30]);
  });

  test('hand the work its item, its unit, its token and a signal', async () => {
    const { tusker } = unrulyTusker();
    const work = vi.fn((_item: string, { task, unit, token, index, attempt, signal }: AllContext) => {
      return [task, unit, token > 0, index, attempt, signal.aborted];
    });
    expect(await tusker.all('t', ['a'], work, { key: String })).toEqual([['t', 'a', true, 0, 1, false]]);
    expect(work.mock.calls[0]?.[0]).toBe('a');
  });
});

describe('how many at once', () => {
  async function most(options: object, items: number): Promise<number> {
    const { tusker } = unrulyTusker();
    let running = 0;
    let peak = 0;
    const work = async (n: number) => {
      peak = Math.max(peak, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return n;
    };
    await tusker.all(
      't',
      Array.from({ length: items }, (_, i) => i),
      work,
      options,
    );
    return peak;
  }

  test.each([
    [{}, 30, 8],
    [{ concurrency: 1 }, 5, 1],
    [{ concurrency: 3 }, 30, 3],
    [{ concurrency: 50 }, 30, 30],
  ])('with %o over %d items: %d', async (options, items, expected) => {
    expect(await most(options, items)).toBe(expected);
  });

  test('the first error stops the start of others, lets those under way end, and all errors are thrown together', async () => {
    const { tusker } = unrulyTusker();
    const started: number[] = [];
    const ended: number[] = [];
    const work = async (n: number) => {
      started.push(n);
      for (let turns = 0; turns < n; turns++) await new Promise((resolve) => setImmediate(resolve));
      if (n === 2 || n === 3) throw new Error(`no ${n}`);
      ended.push(n);
      return n;
    };
    const error = await tusker.all('t', [2, 3, 30, 1, 1], work, { concurrency: 3 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ITEMS_FAILED',
      message: '2 of 5 item(s) of task "t" failed, 1 are done: items[0]: no 2; items[1]: no 3.',
      failures: [{ index: 0 }, { index: 1 }],
      cause: { errors: [{ message: 'no 2' }, { message: 'no 3' }] },
    });
    expect((error as Error).cause).toBeInstanceOf(AggregateError);
    expect([started, ended]).toEqual([[2, 3, 30], [30]]);
  });
});

test('wrong arguments are refused before anything is asked', async () => {
  const { tusker, store } = unrulyTusker();
  const bad: [unknown, unknown, object, string][] = [
    ['no array', () => 1, {}, 'items'],
    [[1], 'no function', {}, 'work'],
    [[1], () => 1, { concurrency: 0 }, 'options.concurrency'],
    [[1], () => 1, { concurrency: 10_001 }, 'options.concurrency'],
    [[1], () => 1, { retention: 299_999 }, 'options.retention'],
    [[1], () => 1, { expect: 3 }, 'options.expect'],
    [[1], () => 1, { ttl: 0 }, 'options.ttl'],
    [[1], () => 1, { maxHold: 0 }, 'options.maxHold'],
    [[1], () => 1, { wait: -1 }, 'options.wait'],
    [[1], () => 1, { attempts: 0 }, 'options.attempts'],
    [[1], () => 1, { backoff: -1 }, 'options.backoff'],
    [[1], () => 1, { settled: 'yes' }, 'options.settled'],
    [[1], () => 1, { onProgress: 1 }, 'options.onProgress'],
    [[1], () => 1, { whenItemsDiffer: 'again' }, 'options.whenItemsDiffer'],
    [[1], () => 1, { signal: 1 }, 'options.signal'],
    [[1], () => 1, { key: 'id' }, 'options.key'],
    [[1, {}], () => 1, { key: () => '' }, 'the key of items[0]'],
    [['a', 'b', 'a'], () => 1, { key: String }, 'the key of items[2]'],
    [['a', () => 1], () => 1, {}, 'items[1]'],
    [['a', new Map()], () => 1, {}, 'items[1]'],
  ];
  for (const [items, work, options, argument] of bad) {
    const error = await tusker.all('t', items as never, work as never, options).catch((thrown: unknown) => thrown);
    expect(error, argument).toMatchObject({ code: 'INVALID_ARGUMENT', argument });
  }
  expect(store.sent()).toEqual([]);
});
