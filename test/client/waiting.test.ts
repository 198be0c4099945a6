/** Waits that come to nothing, or to an end: for locks, for tasks, for a moment. */
import { describe, expect, test, vi } from 'vitest';
import { pause, pollPauses } from '../../src/client/waiting.js';
import type { Lock } from '../../src/index.js';
import { stillTime } from '../harness/still-time.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';

interface End {
  at?: number;
  value?: unknown;
  error?: unknown;
}

function endOf(promise: Promise<unknown>): End {
  const end: End = {};
  promise.then(
    (value) => Object.assign(end, { at: performance.now(), value }),
    (error: unknown) => Object.assign(end, { at: performance.now(), error }),
  );
  return end;
}

describe('a pause', () => {
  test('is as long as it says', async () => {
    const time = stillTime();
    const end = endOf(pause(1000));
    await time.passes(999);
    expect(end.at).toBeUndefined();
    await time.passes(1);
    expect(end.at).toBe(1000);
  });

  test('ends at once with the reason of its signal, and leaves no timer and no listener behind', async () => {
    const time = stillTime();
    const abort = new AbortController();
    const remove = vi.spyOn(abort.signal, 'removeEventListener');
    const end = endOf(pause(1000, abort.signal));
    await time.passes(10);
    abort.abort(new Error('enough'));
    await time.settles();
    expect(end).toMatchObject({ at: 10, error: { message: 'enough' } });
    expect([vi.getTimerCount(), remove.mock.calls.length]).toEqual([0, 1]);
    expect(endOf(pause(1000, abort.signal)).at).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that ends by its time listens no more', async () => {
    const time = stillTime();
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, 'removeEventListener');
    const end = endOf(pause(1000, signal));
    await time.passes(1000);
    expect([end.at, remove.mock.calls.length]).toEqual([1000, 1]);
  });

  test('of years is not a pause of nothing', async () => {
    const time = stillTime();
    const end = endOf(pause(400 * 86_400_000));
    await time.passes(86_400_000);
    expect(end.at).toBeUndefined();
  });
});

test('pauses between looks grow from 25 ms to half a second, spread by a quarter up and down', () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  const pauses = pollPauses();
  const some = Array.from({ length: 12 }, () => pauses.next().value as number);
  expect(some.slice(0, 3)).toEqual([25, 40, 64]);
  expect(some.slice(-3)).toEqual([500, 500, 500]);
  for (const [random, first] of [
    [0, 18.75],
    [1, 31.25],
  ] as const) {
    vi.spyOn(Math, 'random').mockReturnValue(random);
    expect(pollPauses().next().value).toBe(first);
  }
  vi.restoreAllMocks();
});

describe('a wait for a lock', () => {
  test('gets it within half a second and a quarter of the release', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const theirs = await peer().lock('t', 'u');
    const end = endOf(tusker.lock('t', 'u', { wait: 60_000 }));
    await time.passes(30_000);
    await theirs.fail(new Error('no'));
    await time.passes(625);
    expect(end.value).toMatchObject({ unit: 'u' });
  });

  test('looks at the moment at which the lock of a dead holder runs out, though the pause were longer', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    await peer().lock('t', 'u', { ttl: 3000, renew: false });
    const end = endOf(tusker.lock('t', 'u', { wait: 60_000 }));
    await time.passes(3001);
    expect(end).toMatchObject({ at: 3001, value: { unit: 'u' } });
    expect(store.sent('lock').length).toBeLessThan(15);
  });

  test('ends with LOCK_HELD when its time is over, told by a last look', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    await peer().lock('t', 'u', { holder: 'web-3' });
    const end = endOf(tusker.lock('t', 'u', { wait: 5000 }));
    await time.passes(4999);
    expect(end.at).toBeUndefined();
    await time.passes(1);
    expect(end).toMatchObject({ at: 5000, error: { code: 'LOCK_HELD', holder: 'web-3', retryAfter: 55_000 } });
    expect(store.sent('lock').at(-1)?.at).toBe(5000);
  });

  test('ends at once when its signal aborts, and takes nothing after that', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    await peer().lock('t', 'u');
    const abort = new AbortController();
    const end = endOf(tusker.lock('t', 'u', { wait: 60_000, signal: abort.signal }));
    await time.passes(7003);
    abort.abort(new Error('enough'));
    await time.settles();
    expect(end).toMatchObject({ at: 7003, error: { message: 'enough' } });
    const tries = store.sent('lock').length;
    await time.passes(60_000);
    expect(store.sent('lock')).toHaveLength(tries);
  });

  test('whose signal aborts while it asks gets the lock all the same, when that is the answer', async () => {
    const { tusker, store } = unrulyTusker();
    const asking = store.next('lock').holdsAnswer();
    const abort = new AbortController();
    const locking = tusker.lock('t', 'u', { wait: 1000, signal: abort.signal });
    await asking.arrived;
    abort.abort(new Error('enough'));
    asking.letGo();
    expect(await locking).toMatchObject({ unit: 'u' });
  });

  test('with a signal that has aborted before asks nothing, also without a wait', async () => {
    const { tusker, store } = unrulyTusker();
    for (const wait of [0, 1000]) {
      const signal = AbortSignal.abort(new Error('before'));
      await expect(tusker.lock('t', 'u', { wait, signal })).rejects.toThrow('before');
      await expect(tusker.run('t', 'u', () => 1, { wait, signal })).rejects.toThrow('before');
    }
    expect(store.sent()).toEqual([]);
  });

  test('ends when the unit is done, or the task takes no more, at its next look', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    const [done, late] = [await others.lock('t', 'done'), await others.lock('t', 'late')];
    const run = endOf(tusker.run('t', 'done', () => 'never', { wait: 60_000 }));
    const lock = endOf(tusker.lock('t', 'late', { wait: 60_000 }));
    await time.passes(5000);
    await done.unlock('stored');
    await time.passes(625);
    expect(run.value).toBe('stored');
    expect(lock.at).toBeUndefined();
    await others.cancel('t');
    await time.passes(625);
    expect(lock.error).toMatchObject({ code: 'TASK_RELEASED', state: 'failed' });
    expect((late as Lock).isSettled).toBe(false);
  });

  test('is told of an error of the store as it is', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    await peer().lock('t', 'u');
    const end = endOf(tusker.lock('t', 'u', { wait: 60_000 }));
    await time.passes(1000);
    store.next('lock').rejects();
    await time.passes(625);
    expect(end.error).toMatchObject({ code: 'CONNECTION' });
  });
});

describe('a wait for a task', () => {
  test('of fetchReleased with nothing released ends at once when its signal aborts', async () => {
    const { tusker, time } = unrulyTusker();
    const abort = new AbortController();
    const end = endOf(tusker.fetchReleased({ timeout: 600_000, signal: abort.signal }));
    await time.passes(7003);
    abort.abort(new Error('enough'));
    await time.settles();
    expect(end).toMatchObject({ at: 7003, error: { message: 'enough' } });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('of claims ends at once too', async () => {
    const { tusker, time } = unrulyTusker();
    const abort = new AbortController();
    const end = endOf(tusker.claims({ signal: abort.signal }).next());
    await time.passes(7003);
    abort.abort();
    await time.settles();
    expect(end).toMatchObject({ at: 7003, value: { done: true } });
  });

  test('ends at once by stop: fetchReleased says so, claims are over', async () => {
    const { tusker, store, time } = unrulyTusker();
    const fetching = endOf(tusker.fetchReleased({ timeout: 600_000 }));
    const claims = endOf(tusker.claims().next());
    await time.passes(7003);
    await tusker.stop();
    await time.settles();
    expect(fetching).toMatchObject({ at: 7003, error: { code: 'STOPPED' } });
    expect(claims).toMatchObject({ at: 7003, value: { done: true } });
    expect(store.sent('claim')).toHaveLength(2);
  });

  test('of fetchReleased gives null when its time is over, and asks in one go', async () => {
    const { tusker, store, time } = unrulyTusker();
    const end = endOf(tusker.fetchReleased({ timeout: 25_000 }));
    await time.passes(24_999);
    expect(end.at).toBeUndefined();
    await time.passes(1);
    expect(end).toEqual({ at: 25_000, value: null });
    expect(store.sent('claim').map(({ what }) => (what as { wait: number }).wait)).toEqual([25_000]);
  });

  test('goes on to the next task when the info of one is refused, and that one is a failed attempt', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value: unknown) => (value === 'good' ? { value } : { issues: [{ message: 'bad' }] }),
      },
    } as const;
    const songs = tusker.namespace('songs', { schema: { info: schema } });
    const others = peer().namespace('songs');
    const end = endOf(songs.fetchReleased({ timeout: 600_000 }));
    await time.passes(1000);
    await others.close('bad', { info: 'x', attempts: 1 });
    await time.settles();
    expect((await others.explain('bad')).state).toBe('failed');
    expect(end.at).toBeUndefined();
    await others.close('good', { info: 'good' });
    await time.settles();
    expect(end.value).toMatchObject({ task: 'good', info: 'good' });
  });

  test('that is aborted while a task is on its way hands it out: it is not lost', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const abort = new AbortController();
    const claim = store.next('claim').holdsAnswer();
    const end = endOf(tusker.fetchReleased({ timeout: 600_000, signal: abort.signal }));
    await peer().close('t');
    await claim.arrived;
    abort.abort(new Error('enough'));
    claim.letGo();
    await time.settles();
    expect(end.value).toMatchObject({ task: 't' });
  });

  test('of claims that is aborted while a task is on its way gives it back, attempt unspent', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    const abort = new AbortController();
    const claim = store.next('claim').holdsAnswer();
    const end = endOf(tusker.claims({ signal: abort.signal }).next());
    await others.close('t');
    await claim.arrived;
    abort.abort();
    claim.letGo();
    await time.settles();
    expect(end.value).toMatchObject({ done: true });
    expect(await others.fetchReleased()).toMatchObject({ task: 't', attempt: 1 });
  });
});
