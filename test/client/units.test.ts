import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Call, OutcomesOf } from '../../src/core/store.js';
import { createTusker, FatalError, isTuskerError, LockHeldError } from '../../src/index.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import { Watch, WatchedStore } from '../../src/testing/watched-store.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';
import { inMemory, listed, onOneFile, until, withClock } from '../tuskers.js';

describe('run', () => {
  test('returns the stored JSON value, the first time and when the unit is done already', async () => {
    const tusker = inMemory();
    const work = vi.fn(() => ({ at: new Date(0), gone: undefined, n: 1.5 }));
    const expected = { at: '1970-01-01T00:00:00.000Z', n: 1.5 };
    expect(await tusker.run('t', 1, work)).toEqual(expected);
    expect(await tusker.run('t', '1', work)).toEqual(expected);
    expect(work).toHaveBeenCalledTimes(1);
  });

  test('the signal stays when the context is spread, of run as of work', async () => {
    const tusker = inMemory();
    await tusker.run('t', 1, (context) => {
      expect({ ...context }).toEqual({ task: 't', unit: '1', token: context.token, signal: expect.any(AbortSignal) });
    });
    await tusker.close('t');
    const spread = await new Promise((resolve) => {
      tusker.work((context) => resolve({ ...context }));
    });
    expect(spread).toMatchObject({ task: 't', signal: expect.any(AbortSignal) });
  });

  test('returns undefined for no result, both times', async () => {
    const tusker = inMemory();
    expect(await tusker.run('t', 1, () => undefined)).toBeUndefined();
    expect(await tusker.run('t', 1, () => 'never')).toBeUndefined();
  });

  test('fails the unit when the work throws, and throws it on; the unit can be run again', async () => {
    const tusker = inMemory();
    await expect(tusker.run('t', 'u', () => Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    const [unit] = await listed(tusker.units('t'));
    expect(unit).toMatchObject({ state: 'failed', final: false, error: { name: 'Error', message: 'boom' } });
    expect(await tusker.run('t', 'u', () => 7)).toBe(7);
  });

  test('a FatalError fails the unit for good', async () => {
    const tusker = inMemory();
    const fatal = () => Promise.reject(new FatalError('corrupt input'));
    await expect(tusker.run('t', 'u', fatal)).rejects.toThrow('corrupt input');
    expect((await tusker.close('t')).state).toBe('failed');
  });

  test('waits for another holder when asked to, and is refused with retryAfter when not', async () => {
    const tusker = inMemory();
    const lock = await tusker.lock('t', 'u', { holder: 'web-3' });
    const refusal = await tusker.run('t', 'u', () => 1).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(LockHeldError);
    expect(refusal).toMatchObject({ holder: 'web-3', code: 'LOCK_HELD' });
    const waiting = tusker.run('t', 'u', () => 1, { wait: 5000 });
    await lock.unlock('first');
    expect(await waiting).toBe('first');
  });

  test('a result that cannot be stored fails the unit with a coded error', async () => {
    const tusker = inMemory({ maxPayload: 100 });
    const tooLarge = await tusker.run('t', 'u', () => 'x'.repeat(200)).catch((error: unknown) => error);
    expect(isTuskerError(tooLarge, 'PAYLOAD_TOO_LARGE')).toBe(true);
    const noJson = await tusker.run('t', 'v', () => Buffer.from('x')).catch((error: unknown) => error);
    expect(isTuskerError(noJson, 'INVALID_ARGUMENT')).toBe(true);
    expect((await listed(tusker.units('t'))).map(({ state }) => state)).toEqual(['failed', 'failed']);
  });

  test('after the release it is refused', async () => {
    const tusker = inMemory();
    await tusker.close('t');
    await expect(tusker.run('t', 'u', () => 1)).rejects.toMatchObject({ code: 'TASK_RELEASED', state: 'released' });
  });
});

describe('a lock', () => {
  test('left by its scope without unlock fails the unit with the reason', async () => {
    const tusker = inMemory();
    {
      await using lock = await tusker.lock('t', 'u');
      expect(lock.token).toBeGreaterThan(0);
    }
    const [unit] = await listed(tusker.units('t'));
    expect(unit).toMatchObject({ state: 'failed', error: { message: 'scope left' } });
  });

  test('unlocked in its scope stays done', async () => {
    const tusker = inMemory();
    {
      await using lock = await tusker.lock('t', 'u');
      expect(await lock.unlock({ key: 'k' })).toEqual({ state: 'open', outstanding: 0, done: 1, released: false });
    }
    await expect(tusker.lock('t', 'u')).rejects.toMatchObject({ code: 'UNIT_DONE', result: { key: 'k' } });
  });

  test('is renewed while it is held', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    const lock = await tusker.lock('t', 'u', { ttl: 90 });
    for (let past = 0; past < 900; past += 15) {
      await time.passes(15);
      await others.sweep();
      expect(await others.tryLock('t', 'u')).toMatchObject({ kind: 'held' });
    }
    expect(await lock.unlock()).toMatchObject({ done: 1 });
  });

  test('without renewal runs out, and its signal says so', async () => {
    const tusker = inMemory();
    const lock = await tusker.lock('t', 'u', { ttl: 60, renew: false });
    const { signal } = lock;
    await until('the abort', () => signal.aborted);
    expect(signal.reason).toMatchObject({ code: 'LOCK_LOST', unit: 'u' });
  });

  test('that was lost cannot be unlocked: the error carries the result', async () => {
    const { tusker, clock } = withClock();
    const lock = await tusker.lock('t', 'u', { ttl: 1000 });
    clock.advance(1001);
    await tusker.lock('t', 'u');
    await expect(lock.unlock({ key: 1 })).rejects.toMatchObject({ code: 'LOCK_LOST', result: { key: 1 } });
  });

  test('of a cancelled task aborts at once with the reason, also across processes', async () => {
    const [mine, theirs] = onOneFile();
    const lock = await mine.lock('t', 'u');
    const { signal } = lock;
    await theirs.cancel('t', 'user left');
    await until('the abort', () => signal.aborted);
    expect(signal.reason).toMatchObject({ code: 'CANCELLED', reason: 'user left' });
    await expect(lock.fail(new Error('x'))).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('whose signal is asked for after the cancel hears of it as well', async () => {
    const [mine, theirs] = onOneFile();
    const [first, second] = [await mine.lock('t', 'u'), await mine.lock('t', 'v')];
    const { signal } = first;
    await theirs.cancel('t', 'user left');
    await until('the abort', () => signal.aborted);
    const late = second.signal;
    await until('the late abort', () => late.aborted);
    expect(late.reason).toMatchObject({ code: 'CANCELLED', reason: 'user left' });
  });

  test('whose signal is asked for after the cancel, which nobody followed yet, hears of it as well', async () => {
    const [mine, theirs] = onOneFile();
    const lock = await mine.lock('t', 'u');
    await theirs.cancel('t', 'user left');
    const { signal: other } = await mine.lock('other', 'u');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { signal } = lock;
    await until('the abort', () => signal.aborted);
    expect(signal.reason).toMatchObject({ code: 'CANCELLED', reason: 'user left' });
    expect(other.aborted).toBe(false);
  });

  test('whose task was cancelled and went on hears of the cancel, whatever came later', async () => {
    const [mine, theirs] = onOneFile();
    const { signal: other } = await mine.lock('other', 'u');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const lock = await mine.lock('t', 'u');
    await theirs.cancel('t', 'user left');
    await theirs.retry('t');
    await theirs.close('t', { expect: 1 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { signal } = lock;
    await until('the abort', () => signal.aborted);
    expect(signal.reason).toMatchObject({ code: 'LOCK_LOST' });
    expect(other.aborted).toBe(false);
  });

  test('cancelled while its renewal is under way is asked about once more', async () => {
    const inner = memoryStore();
    let answer = (): void => {};
    const held = new Promise<void>((resolve) => (answer = resolve));
    let renewals = 0;
    class Slow extends WatchedStore {
      override async apply<const Calls extends readonly Call[]>(calls: Calls): Promise<OutcomesOf<Calls>> {
        const outcomes = await super.apply(calls);
        if (calls[0]?.verb === 'extendLock' && renewals++ === 0) await held;
        return outcomes;
      }
    }
    const [mine, theirs] = [new Slow(inner, new Watch()), inner].map((store) => createTusker({ store }));
    onTestFinished(async () => void (await Promise.all([mine?.stop(), theirs?.stop()])));
    const lock = await mine?.lock('t', 'u');
    const signal = lock?.signal;
    await until('a renewal', () => renewals === 1);
    await theirs?.cancel('t', 'user left');
    await new Promise((resolve) => setTimeout(resolve, 50));
    answer();
    await until('the abort', () => signal?.aborted === true);
    expect(signal?.reason).toMatchObject({ code: 'CANCELLED', reason: 'user left' });
  });

  test('is told when its tusker stops', async () => {
    const tusker = inMemory();
    const { signal } = await tusker.lock('t', 'u');
    await tusker.stop({ grace: 0 });
    expect(signal.reason).toMatchObject({ code: 'STOPPED' });
  });

  test('extended by hand gets its deadline; past the longest hold it is lost', async () => {
    const { tusker, clock } = withClock();
    const lock = await tusker.lock('t', 'u', { ttl: 1000, maxHold: 5000, renew: false });
    expect(lock.until).toBe(clock.now() + 1000);
    expect((await lock.extend(2000)).until).toBe(clock.now() + 2000);
    expect(lock.until).toBe(clock.now() + 2000);
    clock.advance(6000);
    await expect(lock.extend(1000)).rejects.toMatchObject({ code: 'LOCK_LOST' });
  });
});

describe('all', () => {
  test('maps in order with so many at a time, and completes the task', async () => {
    const tusker = inMemory();
    let running = 0;
    let most = 0;
    const double = async (n: number) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return n * 2;
    };
    const items = Array.from({ length: 25 }, (_, i) => i);
    expect(await tusker.all('doc', items, double, { concurrency: 4 })).toEqual(items.map((n) => n * 2));
    expect(most).toBe(4);
    expect((await tusker.explain('doc')).state).toBe('completed');
  });

  test('run again after an error skips what is done', async () => {
    const tusker = inMemory();
    const calls: number[] = [];
    let broken = true;
    const work = (n: number) => {
      calls.push(n);
      if (n === 3 && broken) throw new Error('crash');
      return n;
    };
    await expect(tusker.all('doc', [1, 2, 3, 4], work, { concurrency: 1 })).rejects.toThrow('crash');
    expect((await tusker.explain('doc')).state).toBe('open');
    broken = false;
    expect(await tusker.all('doc', [1, 2, 3, 4], work, { concurrency: 1 })).toEqual([1, 2, 3, 4]);
    expect(calls).toEqual([1, 2, 3, 3, 4]);
    expect(await tusker.all('doc', [1, 2, 3, 4], work)).toEqual([1, 2, 3, 4]);
    expect(calls).toHaveLength(5);
  });

  test('of nothing is nothing', async () => {
    expect(await inMemory().all('doc', [], () => 1)).toEqual([]);
  });

  test('in two processes at once does each item once', async () => {
    const [a, b] = onOneFile();
    const calls: number[] = [];
    const work = async (n: number) => {
      calls.push(n);
      await new Promise((resolve) => setTimeout(resolve, 2));
      return n;
    };
    const items = Array.from({ length: 20 }, (_, i) => i);
    const both = await Promise.all([a.all('doc', items, work), b.all('doc', items, work)]);
    expect(both).toEqual([items, items]);
    expect(calls.sort((x, y) => x - y)).toEqual(items);
  });
});

test('calls of one tick travel in batches and keep their order', async () => {
  const tusker = inMemory();
  const locks = await Promise.all(Array.from({ length: 600 }, (_, i) => tusker.lock('t', i)));
  const [, closed] = await Promise.all([Promise.all(locks.map((lock) => lock.unlock())), tusker.close('t')]);
  expect(closed).toMatchObject({ kind: 'closed', state: 'released', done: 600 });
});

test('calls of one tick that name a task keep their order, whatever their verbs, also behind a slow schema', async () => {
  const slow = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: async (value: unknown) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        return { value };
      },
    },
  };
  const plain = inMemory();
  for (const tusker of [plain, plain.namespace('slow', { schema: { info: slow, unit: slow } })]) {
    const opened = tusker.open('t', { info: 1 });
    const closed = tusker.close('t', { info: 2 });
    const late = tusker.tryLock('t', 'u');
    expect(await Promise.all([opened, closed, late])).toMatchObject([
      { kind: 'opened' },
      { kind: 'closed', state: 'released' },
      { kind: 'late', state: 'released' },
    ]);
    const lock = await tusker.lock('s', 'u');
    const done = lock.unlock('r');
    expect(await Promise.all([tusker.close('s'), done])).toMatchObject([{ state: 'released' }, { done: 1 }]);
  }
});

test('more calls than may wait are refused as busy', async () => {
  const tusker = inMemory({ maxQueue: 10 });
  const tries = await Promise.allSettled(Array.from({ length: 11 }, (_, i) => tusker.tryLock('t', i)));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  expect(tries[10]).toMatchObject({ status: 'rejected', reason: { code: 'BUSY', waiting: 10 } });
});
