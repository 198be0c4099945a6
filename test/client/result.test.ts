/** `result()`: what it is bound to, what wakes it, and what ends it. */
import { describe, expect, test, vi } from 'vitest';
import { Follower } from '../../src/client/follower.js';
import type { Tusker } from '../../src/index.js';
import type { UnrulyTusker } from '../harness/unruly-tusker.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';

/** What came of it, and when: in ms of a time that stands still. */
interface End {
  at?: number;
  value?: unknown;
  error?: unknown;
}

/** Begins to wait; the first looks are over. */
async function waiting({ tusker, time }: UnrulyTusker, options = {}, task = 't'): Promise<End> {
  const end: End = {};
  tusker.result(task, options).then(
    (value) => Object.assign(end, { at: performance.now(), value }),
    (error: unknown) => Object.assign(end, { at: performance.now(), error }),
  );
  await time.settles();
  return end;
}

async function complete(tusker: Tusker, result: unknown): Promise<void> {
  await tusker.close('t');
  await (await tusker.fetchReleased())?.complete(result);
}

describe('a wait for the result', () => {
  test('is bound to the first incarnation seen: another task of the same name is another one, even when it is completed at once', async () => {
    const all = unrulyTusker();
    const { store, time, peer } = all;
    const others = peer();
    await others.open('t');
    const end = await waiting(all, { timeout: 400_000 });
    const look = store.next('inspect').holdsCall();
    await others.cancel('t');
    await others.remove('t');
    await time.passes(300_000);
    await complete(others, 'of another');
    look.letGo();
    await time.settles();
    expect(end.error).toMatchObject({ code: 'TASK_NOT_FOUND', task: 't' });
  });

  test('of a task not seen yet is bound to the one that comes', async () => {
    const all = unrulyTusker();
    const end = await waiting(all);
    await complete(all.peer(), 'of the first');
    await all.time.settles();
    expect(end).toEqual({ at: 0, value: 'of the first' });
  });

  test('of a task that failed ends, and one that begins after its retry gets the result of that', async () => {
    const all = unrulyTusker();
    const others = all.peer();
    await others.close('t', { attempts: 1 });
    await (await others.fetchReleased())?.fail(new Error('no disk'));
    expect((await waiting(all)).error).toMatchObject({ code: 'TASK_FAILED', reason: 'attempts' });
    await others.retry('t');
    const end = await waiting(all);
    await (await others.fetchReleased())?.complete('second');
    await all.time.settles();
    expect(end).toEqual({ at: 0, value: 'second' });
  });

  test('of a task that is removed meanwhile says that it is not found', async () => {
    const all = unrulyTusker();
    const others = all.peer();
    await others.open('t');
    const end = await waiting(all);
    const look = all.store.next('inspect').holdsCall();
    await others.cancel('t');
    await others.remove('t');
    look.letGo();
    await all.time.settles();
    expect(end.error).toMatchObject({ code: 'TASK_NOT_FOUND' });
  });
});

describe('news', () => {
  test('of the end wake it at once, not at its next look', async () => {
    const all = unrulyTusker();
    await all.time.passes(10_000);
    const end = await waiting(all);
    await all.time.passes(1234);
    await complete(all.peer(), 'r');
    await all.time.settles();
    expect(end).toEqual({ at: 11_234, value: 'r' });
  });

  test('that come while it looks are not missed: it looks again at once', async () => {
    const all = unrulyTusker();
    const { store, time } = all;
    const end = await waiting(all);
    const look = store.next('inspect').holdsAnswer();
    const others = all.peer();
    await others.open('t');
    await look.arrived;
    await complete(others, 'r');
    await time.settles();
    look.letGo();
    await time.settles();
    expect(end).toEqual({ at: 0, value: 'r' });
  });

  test('that were lost cost 5 s, and no more: it looks that often without any', async () => {
    const all = unrulyTusker();
    const silence = all.store.next('events', { times: Number.POSITIVE_INFINITY });
    silence.holdsAnswer();
    const end = await waiting(all);
    await complete(all.peer(), 'r');
    await all.time.passes(4999);
    expect(end.at).toBeUndefined();
    await all.time.passes(1);
    expect(end).toEqual({ at: 5000, value: 'r' });
    expect(all.store.sent('inspect')).toHaveLength(2);
  });

  test('of other tasks are no news: it does not look', async () => {
    const all = unrulyTusker();
    await waiting(all);
    await all.time.settles();
    const looks = all.store.sent('inspect').length;
    const others = all.peer();
    for (let i = 0; i < 20; i++) await others.open(`other ${i}`);
    await all.time.settles();
    expect(all.store.sent('inspect')).toHaveLength(looks);
  });

  test('are asked for by one reader, however many wait', async () => {
    const all = unrulyTusker();
    const ends = await Promise.all([1, 2, 3, 4].map(() => waiting(all)));
    await complete(all.peer(), 'r');
    await all.time.settles();
    expect(ends.map(({ value }) => value)).toEqual(['r', 'r', 'r', 'r']);
    expect(all.store.sent('events').length).toBeLessThan(8);
    expect(all.store.underWay('events')).toBe(1);
  });
});

describe('news that nobody can have', () => {
  /** Waits after the reader began to read; nothing more wakes it but what the test does. */
  async function settled(all: UnrulyTusker): Promise<End> {
    const end = await waiting(all);
    await all.time.passes(100);
    return end;
  }

  test('because of a gap in the events wake everybody who waits', async () => {
    const all = unrulyTusker();
    const ends = [await settled(all), await settled(all)];
    const { signal } = await all.tusker.lock('locked', 'u');
    await all.time.settles();
    const others = all.peer();
    const page = all.store.next('events').holdsCall();
    const nextPage = all.store.next('events').holdsCall();
    await others.open('wakes the reader');
    await page.arrived;
    await complete(others, 'r');
    await others.cancel('locked');
    // What would have told of the ends is gone.
    page.answers({ events: [], cursor: '999', gap: true });
    await nextPage.arrived;
    await all.time.settles();
    expect(ends.map(({ value }) => value)).toEqual(['r', 'r']);
    expect(signal.reason).toMatchObject({ code: 'CANCELLED' });
  });

  test('because the events cannot be read wake everybody, and are asked for again after half a second', async () => {
    const all = unrulyTusker();
    const end = await settled(all);
    const { signal } = await all.tusker.lock('locked', 'u');
    await all.time.settles();
    const others = all.peer();
    all.store.next('events', { times: 2 }).rejects();
    const asked = all.store.sent('events').length;
    await others.open('wakes the reader');
    await all.time.settles();
    await complete(others, 'r');
    await others.cancel('locked');
    await all.time.passes(499);
    expect([end.at, all.store.sent('events').length - asked]).toEqual([undefined, 1]);
    await all.time.passes(1);
    expect(end).toMatchObject({ value: 'r' });
    expect(signal.reason).toMatchObject({ code: 'CANCELLED' });
    await all.time.passes(499);
    expect(all.store.sent('events').length - asked).toBe(2);
  });

  test('are no reason to forget what was read: the reader goes on where it was', async () => {
    const all = unrulyTusker();
    await settled(all);
    all.store.next('events').rejects();
    const others = all.peer();
    await others.open('wakes the reader');
    await all.time.passes(600);
    const queries = all.store.sent('events').map(({ what }) => what as { after?: string; wait?: number });
    expect(queries[0]).toMatchObject({ wait: 0 });
    expect(queries[0]).not.toHaveProperty('after');
    expect(queries.slice(1).every(({ after, wait }) => after !== undefined && wait === 10_000)).toBe(true);
    expect(queries.at(-1)?.after).toBe(queries.at(-2)?.after);
  });
});

describe('an end of the wait', () => {
  test('by its time comes at that time, with how long it was', async () => {
    const all = unrulyTusker();
    const end = await waiting(all, { timeout: 7000 });
    await all.time.passes(6999);
    expect(end.at).toBeUndefined();
    await all.time.passes(1);
    expect(end).toMatchObject({ at: 7000, error: { code: 'TIMEOUT', timeout: 7000 } });
  });

  test('with a time of 0 is one look', async () => {
    const all = unrulyTusker();
    expect((await waiting(all, { timeout: 0 })).error).toMatchObject({ code: 'TIMEOUT' });
    expect(all.store.sent('inspect')).toHaveLength(1);
    await complete(all.peer(), 'r');
    expect((await waiting(all, { timeout: 0 })).value).toBe('r');
  });

  test('by its signal comes at once, whatever it is doing: waiting, or looking', async () => {
    const all = unrulyTusker();
    const [first, second] = [new AbortController(), new AbortController()];
    const waits = await waiting(all, { signal: first.signal });
    await all.time.passes(1000);
    const look = all.store.next('inspect').holdsAnswer();
    const looks = await waiting(all, { signal: second.signal });
    await look.arrived;
    first.abort(new Error('enough'));
    second.abort(new Error('enough'));
    await all.time.settles();
    expect(waits).toMatchObject({ at: 1000, error: { message: 'enough' } });
    expect(looks).toMatchObject({ at: 1000, error: { message: 'enough' } });
    look.letGo();
  });

  test('by its time comes at that time also while a look is under way; without a time a look takes as long as it takes', async () => {
    const all = unrulyTusker();
    const look = all.store.next('inspect', { times: 2 }).holdsAnswer();
    const endless = await waiting(all);
    const limited = await waiting(all, { timeout: 200 });
    await look.arrived;
    await all.time.passes(199);
    expect(limited.at).toBeUndefined();
    await all.time.passes(1);
    expect(limited).toMatchObject({ at: 200, error: { code: 'TIMEOUT', timeout: 200 } });
    await all.time.passes(3_600_000);
    expect(endless.at).toBeUndefined();
    look.letGo();
    await complete(all.peer(), 'r');
    await all.time.settles();
    expect(endless.value).toBe('r');
  });

  test('by a signal that has aborted before asks nothing', async () => {
    const all = unrulyTusker();
    const end = await waiting(all, { signal: AbortSignal.abort(new Error('before')) });
    expect(end.error).toMatchObject({ message: 'before' });
    expect(all.store.sent()).toEqual([]);
  });

  test('by stop comes at once, also of a look under way; a wait after it is refused', async () => {
    const all = unrulyTusker();
    const waits = await waiting(all);
    await all.time.passes(1000);
    const look = all.store.next('inspect').holdsAnswer();
    const looks = await waiting(all);
    await look.arrived;
    const stopping = all.tusker.stop();
    await all.time.settles();
    expect(waits).toMatchObject({ at: 1000, error: { code: 'STOPPED' } });
    expect(looks).toMatchObject({ at: 1000, error: { code: 'STOPPED' } });
    look.letGo();
    await stopping;
    expect((await waiting(all)).error).toMatchObject({ code: 'STOPPED' });
    expect(all.store.underWay('events')).toBe(0);
  });

  test('by an error of the store is told as it is', async () => {
    const all = unrulyTusker();
    all.store.next('inspect').rejects();
    expect((await waiting(all)).error).toMatchObject({ code: 'CONNECTION' });
  });

  test('leaves nobody listening: neither the signal, nor the reader of events after 5 s', async () => {
    const all = unrulyTusker();
    const { signal } = new AbortController();
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
    const end = await waiting(all, { signal, timeout: 20_000 });
    await all.time.passes(20_000);
    expect(end.error).toMatchObject({ code: 'TIMEOUT' });
    expect(add.mock.calls.length).toBeGreaterThan(0);
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(add.mock.calls.map(([, listener]) => listener));
    await all.time.passes(5000);
    expect(all.store.underWay('events')).toBe(0);
  });
});

test('a wait that stops and one that begins in the same moment have nothing to do with each other', async () => {
  const { store } = unrulyTusker();
  const follower = new Follower(store);
  const [first, second] = [vi.fn(), vi.fn()];
  const interest = { since: 0, except: new Set<never>() };
  const stop = follower.watch('t', interest, first);
  follower.watch('t', interest, second);
  stop();
  stop();
  await new Promise((resolve) => setImmediate(resolve));
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
  follower.close();
});
