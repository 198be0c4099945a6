/** When a worker sweeps, and what it does when that goes wrong. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import { Sweeper } from '../../src/worker/sweeper.js';
import { outage } from '../harness/script.js';
import type { StillTime } from '../harness/still-time.js';
import { stillTime } from '../harness/still-time.js';
import { UnrulyStore } from '../harness/unruly-store.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';

interface Swept {
  readonly time: StillTime;
  readonly store: UnrulyStore;
  readonly sweeper: Sweeper;
  readonly errors: unknown[];
  /** The moments of all sweeps so far, in ms. */
  moments(): number[];
}

/** Without jitter: pauses of 750 ms; with it at most 1000. */
function sweeping(random = 0): Swept {
  const time = stillTime();
  vi.spyOn(Math, 'random').mockReturnValue(random);
  const store = new UnrulyStore(memoryStore({ clock: time.clock }));
  const errors: unknown[] = [];
  const sweeper = new Sweeper(store, (error) => errors.push(error));
  onTestFinished(() => {
    store.calmDown();
    return sweeper.stop();
  });
  return { time, store, sweeper, errors, moments: () => store.sent('sweep').map(({ at }) => at) };
}

/** What a sweep answers that found nothing to do. */
const idle = { locks: 0, attempts: 0, tasks: 0, removed: 0, more: false, nextDue: null, now: 0 };

describe('a sweeper', () => {
  test.each([
    [0, 750],
    [0.5, 875],
    [0.999999, 1000],
  ])('sweeps at once, then every 750 to 1000 ms (at random %d every %d)', async (random, pause) => {
    const { time, moments } = sweeping(random);
    await time.passes(1);
    expect(moments()).toEqual([0]);
    await time.passes(pause * 4 + 4);
    const pauses = moments().map((at, i, all) => at - (all[i - 1] ?? at));
    expect(pauses.slice(1)).toHaveLength(4);
    for (const between of pauses.slice(1)) expect(Math.abs(between - pause)).toBeLessThanOrEqual(1);
  });

  test('takes at most 200 steps at a time', async () => {
    const { time, store } = sweeping();
    await time.passes(1);
    expect(store.sent('sweep').map(({ what }) => what)).toEqual([{ limit: 200, only: undefined }]);
  });

  test('goes on after a sweep that was rejected, as after any other, and tells of it', async () => {
    const { time, store, errors, moments } = sweeping();
    const error = outage();
    store.next('sweep', { times: 3 }).rejects(error);
    await time.passes(3 * 750);
    expect(moments()).toEqual([0, 750, 1500, 2250]);
    expect(errors).toEqual([error, error, error]);
  });

  test('waits for a slow sweep: there are never two at once', async () => {
    const { time, store, moments } = sweeping();
    const slow = store.next('sweep').holdsAnswer();
    await time.passes(30_000);
    expect(moments()).toEqual([0]);
    slow.letGo();
    await time.passes(750);
    expect(moments()).toEqual([0, 30_750]);
  });

  test('sweeps right after the next due moment, when that is sooner', async () => {
    const { time, store, moments } = sweeping();
    store.next('sweep').answers({ ...idle, now: 5000, nextDue: 5300 });
    await time.passes(301);
    expect(moments()).toEqual([0, 301]);
    await time.passes(750);
    expect(moments()).toEqual([0, 301, 1051]);
  });

  test('that is not alone comes a few ms apart from the others', async () => {
    const { time, store, moments } = sweeping(0.999999);
    store.next('sweep').answers({ ...idle, now: 5000, nextDue: 5300 });
    await time.passes(306);
    expect(moments().length).toBe(2);
    expect(moments()[1]).toBeGreaterThan(301);
  });

  test('does not take a due moment that lies far ahead, or has passed on a clock set back, for the pause', async () => {
    const { time, store, moments } = sweeping();
    store.next('sweep').answers({ ...idle, now: 5000, nextDue: 3_600_000 });
    store.next('sweep').answers({ ...idle, now: 5000, nextDue: 1000 });
    await time.passes(751);
    expect(moments()).toEqual([0, 750, 751]);
  });

  test('goes on at once when a sweep says that there is more', async () => {
    const { time, store, moments } = sweeping();
    store.next('sweep', { times: 3 }).answers({ ...idle, more: true, nextDue: 10_000_000 });
    await time.passes(3);
    expect(moments()).toEqual([0, 1, 2, 3]);
    await time.passes(749);
    expect(moments()).toHaveLength(4);
  });

  test('that is stopped waits for the sweep under way, does not sweep again, and tells of no error any more', async () => {
    const { time, store, sweeper, errors, moments } = sweeping();
    const last = store.next('sweep').holdsCall();
    await time.passes(1);
    await last.arrived;
    let isStopped = false;
    const stopping = sweeper.stop().then(() => (isStopped = true));
    await time.passes(5000);
    expect(isStopped).toBe(false);
    last.rejects();
    await stopping;
    await time.passes(60_000);
    expect([moments(), errors]).toEqual([[0], []]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that is stopped before its first sweep does not sweep', async () => {
    const { time, sweeper, moments } = sweeping();
    await sweeper.stop();
    await time.passes(10_000);
    expect(moments()).toEqual([]);
  });
});

describe('in a worker', () => {
  test('the lock of a dead holder ends within a few ms of its time, and the task is merged then', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    await others.lock('t', 'u', { ttl: 400, renew: false });
    await others.close('t', { unitGrace: 0, incomplete: 'release' });
    const worker = tusker.work(() => 'merged');
    await time.passes(410);
    expect(await others.result('t', { timeout: 0 })).toBe('merged');
    await worker.stop();
  });

  test('a sweep that is rejected is told as an error, and work goes on', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    store.next('sweep', { times: 2 }).rejects();
    const errors: unknown[] = [];
    const worker = tusker.work(() => 'merged');
    worker.on('error', (error) => errors.push(error));
    await time.passes(1001);
    expect(errors).toMatchObject([{ code: 'CONNECTION' }, { code: 'CONNECTION' }].slice(0, errors.length));
    expect(errors.length).toBeGreaterThan(0);
    await others.close('t');
    await time.settles();
    expect(await others.result('t', { timeout: 0 })).toBe('merged');
    await worker.stop();
  });
});

describe('sweeping by hand', () => {
  test('goes on until nothing is due, in steps of 200, and adds up what was ended', async () => {
    const { tusker, store } = unrulyTusker();
    const one = { locks: 1, attempts: 2, tasks: 3, removed: 4, more: true, nextDue: 5, now: 0 };
    store.next('sweep', { times: 2 }).answers(one);
    store.next('sweep').answers({ ...one, more: false, nextDue: 77 });
    expect(await tusker.sweep()).toEqual({ locks: 3, attempts: 6, tasks: 9, removed: 12, nextDue: 77 });
    expect(store.sent('sweep').map(({ what }) => what)).toEqual([1, 2, 3].map(() => ({ limit: 200, only: undefined })));
  });

  test('with a limit takes that many steps and no more', async () => {
    const { tusker, store } = unrulyTusker();
    store.next('sweep', { times: 9 }).answers({ ...idle, more: true });
    const limits = async (limit: number): Promise<unknown[]> => {
      const before = store.sent('sweep').length;
      await tusker.sweep({ limit });
      return store
        .sent('sweep')
        .slice(before)
        .map(({ what }) => (what as { limit: number }).limit);
    };
    expect(await limits(450)).toEqual([200, 200, 50]);
    expect(await limits(400)).toEqual([200, 200]);
    expect(await limits(1)).toEqual([1]);
  });

  test('of attempts alone says so to the store, and counts them', async () => {
    const { tusker, store } = unrulyTusker();
    store.next('sweep', { times: 2 }).answers({ ...idle, attempts: 2, more: true });
    store.next('sweep').answers({ ...idle, attempts: 1 });
    expect(await tusker.timeoutProcessing()).toBe(5);
    expect(store.sent('sweep').every(({ what }) => (what as { only: string }).only === 'processing')).toBe(true);
  });

  test('of old locks goes over all pages and adds them up', async () => {
    const { tusker, store } = unrulyTusker();
    store.next('timeoutLocks').answers({ ended: 200, cursor: 'a' });
    store.next('timeoutLocks').answers({ ended: 0, cursor: 'b' });
    store.next('timeoutLocks').answers({ ended: 7, cursor: null });
    expect(await tusker.timeoutLocks(1000)).toBe(207);
    const asked = [null, 'a', 'b'].map((cursor) => ({ ms: 1000, cursor, limit: 200 }));
    expect(store.sent('timeoutLocks').map(({ what }) => what)).toEqual(asked);
  });

  test('that fails in the middle says so', async () => {
    const { tusker, store } = unrulyTusker();
    store.next('sweep').answers({ ...idle, more: true });
    store.next('sweep').rejects();
    await expect(tusker.sweep()).rejects.toMatchObject({ code: 'CONNECTION' });
  });
});
