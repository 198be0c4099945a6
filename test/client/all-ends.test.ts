/** How a call of `all()` ends before its items: by the caller, by a stop, by somebody's hand. And who goes on. */
import { describe, expect, test, vi } from 'vitest';
import { unrulyTusker } from '../harness/unruly-tusker.js';
import { inMemory } from '../tuskers.js';
import { lastingTuskers } from './all-grounds.js';

const key = String;
const never = () => new Promise<never>(() => {});

describe("the caller's signal", () => {
  test('ends the call at once, aborts the work and lets its items go', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const abort = new AbortController();
    const reasons: unknown[] = [];
    const work = (_: string, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      return never();
    };
    let error: unknown;
    tusker.all('t', ['a', 'b', 'c'], work, { key, concurrency: 2, signal: abort.signal }).catch((e) => (error = e));
    await time.settles();
    const reason = new Error('enough');
    abort.abort(reason);
    await time.settles();
    expect(error).toBe(reason);
    expect(reasons).toEqual([reason, reason]);
    expect(await peer().all('t', ['a', 'b', 'c'], (item) => item, { key })).toEqual(['a', 'b', 'c']);
  });

  test('an item whose work ends by it has not failed', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const abort = new AbortController();
    const work = (_: string, { signal }: { signal: AbortSignal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    const all = tusker.all('t', ['a'], work, { key, signal: abort.signal }).catch((thrown: unknown) => thrown);
    await time.settles();
    abort.abort(null);
    expect(await all).toBe(null);
    await time.settles();
    expect((await peer().explain('t')).detail.units).toMatchObject({ failed: 0, expired: 1 });
  });

  test('a lock that is granted after it is let go at once, and the call ends when the store knows', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const abort = new AbortController();
    const locking = store.next('lock').holdsAnswer();
    const work = vi.fn();
    let error: unknown;
    tusker.all('t', ['a'], work, { key, signal: abort.signal }).catch((thrown) => (error = thrown));
    await locking.arrived;
    abort.abort(new Error('enough'));
    await time.settles();
    expect(error).toBeUndefined();
    locking.letGo();
    await time.settles();
    expect(error).toMatchObject({ message: 'enough' });
    expect(work).not.toHaveBeenCalled();
    expect(await peer().tryLock('t', 'a')).toMatchObject({ kind: 'locked' });
  });

  test('of a store that is silent ends the call all the same', async () => {
    const { tusker, store, time } = unrulyTusker();
    const looks = new AbortController();
    const looking = store.next('inspect').holdsAnswer();
    const first = tusker.all('t', ['a'], never, { key, signal: looks.signal }).catch((thrown: Error) => thrown.message);
    await looking.arrived;
    looks.abort(new Error('while it looks'));
    expect(await first).toBe('while it looks');

    const works = new AbortController();
    store.next('letGo').holdsAnswer();
    let error: unknown;
    tusker.all('u', ['a'], never, { key, signal: works.signal }).catch((thrown) => (error = thrown));
    await time.settles();
    works.abort(new Error('while it works'));
    await time.passes(3000);
    expect(error).toMatchObject({ message: 'while it works' });
  });

  test('that has aborted before ends the call before anything is asked', async () => {
    const { tusker, store } = unrulyTusker();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(tusker.all('t', [1], (n) => n, { signal })).rejects.toThrow('too late');
    expect(store.sent()).toEqual([]);
  });
});

describe('stop()', () => {
  test('leaves items under way their grace, begins no other, and lets go of what is left', async () => {
    const { time, peer } = lastingTuskers();
    const tusker = peer();
    const ends: (() => void)[] = [];
    const work = (item: string) => new Promise<string>((resolve) => ends.push(() => resolve(item)));
    let error: unknown;
    tusker.all('t', ['a', 'b', 'c'], work, { key, concurrency: 2 }).catch((thrown) => (error = thrown));
    await time.settles();
    const stopped = tusker.stop({ grace: 1000 });
    ends[0]?.();
    await time.passes(999);
    expect(error).toBeUndefined();
    await time.passes(1);
    expect(error).toMatchObject({ code: 'STOPPED' });
    await stopped;
    expect(ends).toHaveLength(2);
    const rest = vi.fn((item: string) => item);
    expect(await peer().all('t', ['a', 'b', 'c'], rest, { key })).toEqual(['a', 'b', 'c']);
    expect(rest.mock.calls.map(([item]) => item)).toEqual(['b', 'c']);
  });
});

describe('by hand', () => {
  test('a cancel ends the call with the reason, and the next call goes on', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const work = vi.fn((item: string) => (item === 'b' && work.mock.calls.length < 3 ? never() : item));
    let error: unknown;
    tusker.all('t', ['a', 'b'], work, { key }).catch((thrown) => (error = thrown));
    await time.settles();
    await peer().cancel('t', 'too dear');
    await time.passes(2000);
    expect(error).toMatchObject({ code: 'CANCELLED', reason: 'too dear' });
    expect(await peer().all('t', ['a', 'b'], work, { key })).toEqual(['a', 'b']);
    expect(work.mock.calls.map(([item]) => item)).toEqual(['a', 'b', 'b']);
  });

  test('a cancel between two items is told as well', async () => {
    const { tusker, peer } = unrulyTusker();
    const work = async (item: string) => {
      if (item === 'b') await peer().cancel('t', 'too dear');
      return item;
    };
    const error = await tusker
      .all('t', ['a', 'b', 'c'], work, { key, concurrency: 1 })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TASK_FAILED', reason: 'cancelled' });
  });

  test('a release names the items that were not done', async () => {
    const { tusker, peer } = unrulyTusker();
    const work = async (item: string) => {
      if (item === 'b') {
        await peer().close('t', { worker: false, expect: ['a', 'b', 'c'], incomplete: 'release' });
        await peer().release('t');
      }
      return item;
    };
    const error = await tusker
      .all('t', ['a', 'b', 'c'], work, { key, concurrency: 1 })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ITEMS_FAILED', done: 1, failures: [{ unit: 'b' }, { unit: 'c' }] });
  });

  test('a close of somebody else is no close of these items', async () => {
    const tusker = inMemory();
    await tusker.close('t', { worker: false });
    const error = await tusker.all('t', ['a'], () => 1, { key }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ITEMS_DIFFER', added: [], removed: [] });
    expect(await tusker.all('t', ['a'], () => 1, { key, whenItemsDiffer: 'restart' })).toEqual([1]);
  });

  test('a removed task is none of theirs while its name is blocked', async () => {
    const tusker = inMemory();
    await tusker.all('t', ['a'], () => 1, { key });
    await tusker.remove('t');
    await expect(tusker.all('t', ['a'], () => 1, { key })).rejects.toMatchObject({ code: 'TASK_RELEASED' });
  });
});

test('a difference is told by name: what is new, and what is gone', async () => {
  const tusker = inMemory();
  await tusker.all('t', ['a', 'b', 'c'], (item) => item, { key });
  const error = await tusker.all('t', ['b', 'x', 'y', 'z', 'c', 'w'], (item) => item, { key }).catch((e: unknown) => e);
  expect(error).toMatchObject({
    added: ['x', 'y', 'z', 'w'],
    removed: ['a'],
    status: 409,
    message:
      'Task "t" was closed with other items: items[1] ("x"), items[2] ("y"), items[3] ("z") and 1 more are new; "a" is not among them any more. ' +
      "Give these another task, or { whenItemsDiffer: 'restart' }.",
  });
});

test('a name that leaves no room for a hash is refused where it may be needed, and before any work', async () => {
  const { tusker, store } = unrulyTusker();
  const work = vi.fn((n: number) => n);
  const all = (bytes: number) => tusker.all('é'.repeat(bytes / 2), [1], work, { whenItemsDiffer: 'restart' });
  await expect(all(496)).rejects.toMatchObject({
    argument: 'task',
    allowed: "at most 495 bytes with whenItemsDiffer: 'restart', which adds a hash",
  });
  expect(work).not.toHaveBeenCalled();
  expect(store.sent()).toEqual([]);
  expect(await all(494)).toEqual([1]);
});

test('a lock that was lost to another process costs no item: its result is waited for', async () => {
  const { tusker, time, peer } = unrulyTusker();
  const others = peer();
  const ends: ((value: string) => void)[] = [];
  const work = () => new Promise<string>((resolve) => ends.push(resolve));
  let results: unknown;
  tusker.all('t', ['a'], work, { key, ttl: 1000 }).then((all) => (results = all));
  await time.settles();
  time.leaps(2000);
  const theirs = await others.lock('t', 'a');
  ends[0]?.('mine');
  await time.passes(1000);
  expect(results).toBeUndefined();
  await theirs.unlock('theirs');
  await time.passes(1000);
  expect(results).toEqual(['theirs']);
});

test('what others work on comes last: free items are not kept waiting', async () => {
  const { tusker, time, peer } = unrulyTusker();
  const theirs = await peer().lock('t', 'a', { ttl: 3000, renew: false });
  const work = vi.fn((item: string) => item);
  let results: unknown;
  tusker.all('t', ['a', 'b', 'c'], work, { key, concurrency: 1 }).then((all) => (results = all));
  await time.settles();
  expect(work.mock.calls.map(([item]) => item)).toEqual(['b', 'c']);
  await time.passes(3100);
  expect(results).toEqual(['a', 'b', 'c']);
  expect(theirs.unit).toBe('a');
});
