/** One reader of events for all waits: what it remembers, and when it stops. */
import { afterEach, expect, test, vi } from 'vitest';
import { Follower } from '../../src/client/follower.js';
import type { EventQuery, EventsPage, TaskEventKind } from '../../src/core/store.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import { History } from '../../src/testing/index.js';
import { Watch, WatchedStore } from '../../src/testing/watched-store.js';
import { until } from '../tuskers.js';

const ALL: ReadonlySet<TaskEventKind> = new Set();

/** A memory store that knows how often somebody began to follow. */
class Counted extends WatchedStore {
  begun = 0;
  override events(query: EventQuery): Promise<EventsPage> {
    if (query.after === undefined) this.begun++;
    return super.events(query);
  }
}

const ends: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const end of ends.splice(0)) end();
});

function following(): { h: History; store: Counted; follower: Follower } {
  const store = new Counted(memoryStore(), new Watch());
  const follower = new Follower(store);
  ends.push(() => follower.close());
  return { h: new History({ store, advance: async () => {}, dispose: () => store.close() }), store, follower };
}

/** Follows from now on, with one wait that stays. */
async function begin(follower: Follower): Promise<() => void> {
  const seen = vi.fn();
  const stop = follower.watch('another', { since: performance.now(), except: ALL }, seen);
  await until('the first look', () => seen.mock.calls.length > 0);
  return stop;
}

/** Everything up to now was read. */
async function read(h: History, follower: Follower): Promise<void> {
  const seen = vi.fn();
  const stop = follower.watch('the last', { since: performance.now(), except: ALL }, seen);
  await h.open('the last');
  await until('the last event', () => seen.mock.calls.length > 0);
  stop();
}

test('a wait that begins late hears of what came since, and of nothing that it does not want to hear of', async () => {
  const { h, follower } = following();
  await begin(follower);
  const before = performance.now();
  await h.open('t');
  await read(h, follower);
  const [wants, wantsNot, isLater] = [vi.fn(), vi.fn(), vi.fn()];
  follower.watch('t', { since: before, except: ALL }, wants);
  follower.watch('t', { since: before, except: new Set(['created', 'opened']) }, wantsNot);
  follower.watch('t', { since: performance.now(), except: ALL }, isLater);
  await Promise.resolve();
  expect([wants, wantsNot, isLater].map(({ mock }) => mock.calls.length)).toEqual([1, 0, 0]);
});

test('of more tasks than it remembers the oldest are forgotten: a wait that is as old is woken, one that is not is left alone', async () => {
  const { h, follower } = following();
  await begin(follower);
  const before = performance.now();
  for (let i = 0; i <= 1001; i++) await h.open(`t${i}`);
  await read(h, follower);
  const [old, recent] = [vi.fn(), vi.fn()];
  follower.watch('t0', { since: before, except: ALL }, old);
  follower.watch('t0', { since: performance.now(), except: ALL }, recent);
  await Promise.resolve();
  expect([old, recent].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
});

test('it reads on for 5 s after the last wait, and begins anew after that', async () => {
  const { store, follower } = following();
  const stop = await begin(follower);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  stop();
  vi.advanceTimersByTime(4999);
  follower.watch('t', { since: performance.now(), except: ALL }, () => {})();
  vi.advanceTimersByTime(4999);
  follower.watch('t', { since: performance.now(), except: ALL }, () => {})();
  expect(store.begun).toBe(1);
  vi.advanceTimersByTime(5000);
  follower.watch('t', { since: performance.now(), except: ALL }, () => {});
  expect(store.begun).toBe(2);
});

/** Says of each look that events were missed, and tells of none. */
class AlwaysMissing extends Counted {
  looks = 0;
  override async events({ after }: EventQuery): Promise<EventsPage> {
    this.looks++;
    await new Promise(setImmediate);
    return { events: [], cursor: after ?? '1', gap: true };
  }
}

test('a store that tells of nothing but gaps is not asked without rest', async () => {
  const store = new AlwaysMissing(memoryStore(), new Watch());
  const follower = new Follower(store);
  ends.push(() => follower.close());
  const woken = vi.fn();
  follower.watch('t', { since: performance.now(), except: ALL }, woken);
  await until('some looks', () => store.looks > 3);
  const looks = store.looks;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(store.looks - looks).toBeLessThanOrEqual(4);
  expect(woken.mock.calls.length).toBeGreaterThan(0);
});
