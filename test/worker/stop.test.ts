/** How a worker takes tasks and lets go of them while the store is late or away, and how it stops. */
import { describe, expect, test, vi } from 'vitest';
import type { Tusker, Worker } from '../../src/index.js';
import { outage } from '../harness/script.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';

/** What a worker tells, as `event task`. */
function told(worker: Worker): string[] {
  const all: string[] = [];
  for (const name of ['claimed', 'completed', 'failed', 'stale', 'given-back'] as const) {
    worker.on(name, (event: { task: string }) => all.push(`${name} ${event.task}`));
  }
  worker.on('error', (error) => all.push(`error ${(error as { code: string }).code}`));
  return all;
}

/** A handler whose end is in the test's hand. */
function byHand(): { handler(): Promise<unknown>; started: number; end(result?: unknown): void; fail(e: Error): void } {
  const running: { resolve(result: unknown): void; reject(error: Error): void }[] = [];
  const hand = {
    started: 0,
    handler: () => {
      hand.started++;
      return new Promise((resolve, reject) => running.push({ resolve, reject }));
    },
    end: (result?: unknown) => running.shift()?.resolve(result),
    fail: (error: Error) => running.shift()?.reject(error),
  };
  return hand;
}

async function closed(tusker: Tusker, ...tasks: string[]): Promise<void> {
  for (const task of tasks) await tusker.close(task);
}

describe('a worker that is stopped', () => {
  test('gives back a claim that arrives after that: its handler is not called, no attempt is spent', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    const claim = store.next('claim').holdsAnswer();
    const hand = byHand();
    const worker = tusker.work(hand.handler);
    const events = told(worker);
    await others.close('t');
    await claim.arrived;
    const stopping = worker.stop();
    await time.settles();
    claim.letGo();
    await stopping;
    expect([hand.started, events]).toEqual([0, ['given-back t']]);
    expect(await others.fetchReleased()).toMatchObject({ task: 't', attempt: 1 });
  });

  test('does so with all that one look brings', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    await closed(others, 'a', 'b', 'c');
    const claim = store.next('claim').holdsAnswer();
    const hand = byHand();
    const worker = tusker.work(hand.handler, { concurrency: 3 });
    const events = told(worker);
    await claim.arrived;
    const stopping = worker.stop();
    await time.settles();
    claim.letGo();
    await stopping;
    expect([hand.started, events]).toEqual([0, ['given-back a', 'given-back b', 'given-back c']]);
    expect(await others.stats()).toMatchObject({ released: 3, processing: 0 });
  });

  test('ends its wait for tasks at once, and asks for no more', async () => {
    const { tusker, store, time } = unrulyTusker();
    const worker = tusker.work(() => 1);
    await time.passes(3000);
    await worker.stop();
    expect(time.now).toBe(3000);
    const asked = store.sent().length;
    await time.passes(60_000);
    expect(store.sent()).toHaveLength(asked);
  });

  test('lets a handler finish within the grace, and not longer', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    const hand = byHand();
    const worker = tusker.work(hand.handler, { concurrency: 2, stopGrace: 5000 });
    const events = told(worker);
    await closed(others, 'a', 'b');
    await time.settles();
    let isStopped = false;
    const stopping = worker.stop().then(() => (isStopped = true));
    await time.passes(4999);
    hand.end('finished');
    await time.settles();
    expect([isStopped, worker.running]).toEqual([false, 1]);
    await time.passes(1);
    await stopping;
    expect(events).toEqual(['claimed a', 'claimed b', 'completed a', 'given-back b']);
    expect(await others.result('a', { timeout: 0 })).toBe('finished');
    expect(await others.fetchReleased()).toMatchObject({ task: 'b', attempt: 1 });
  });

  test('is done as soon as the last handler is, not at the end of the grace', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const hand = byHand();
    const worker = tusker.work(hand.handler);
    await peer().close('t');
    await time.settles();
    const stopping = worker.stop();
    await time.passes(100);
    hand.end();
    await stopping;
    expect(time.now).toBe(100);
    // But for the look of the renewer, which does not keep the process alive.
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
  });

  test('tells once that a task was given back, also when its handler heeds the signal and throws', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    const worker = tusker.work(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      { stopGrace: 0 },
    );
    const events = told(worker);
    await others.close('t');
    await time.settles();
    const stopping = worker.stop();
    await time.passes(1);
    await stopping;
    await time.settles();
    expect(events).toEqual(['claimed t', 'given-back t']);
    expect(await others.fetchReleased()).toMatchObject({ task: 't', attempt: 1 });
  });

  test('writes nothing when a handler ends after the grace: the task belongs to others', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    const hand = byHand();
    const worker = tusker.work(hand.handler, { stopGrace: 10 });
    const events = told(worker);
    await others.close('t');
    await time.settles();
    const stopping = worker.stop();
    await time.passes(10);
    await stopping;
    const claim = await others.fetchReleased();
    hand.end('too late');
    await time.settles();
    expect(events).toEqual(['claimed t', 'given-back t', 'stale t']);
    await claim?.complete('theirs');
    expect(await others.result('t', { timeout: 0 })).toBe('theirs');
  });

  test('gives back all that is left, though one of them cannot be told', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    const hand = byHand();
    const worker = tusker.work(hand.handler, { concurrency: 3, stopGrace: 0 });
    const events = told(worker);
    await closed(others, 'a', 'b', 'c');
    await time.settles();
    const back = { kind: 'given-back', spent: false };
    store.next('giveBack').answers([{ kind: 'error', error: outage() }, back, back]);
    const stopping = worker.stop();
    await time.passes(1);
    const { claims } = await stopping;
    expect(events.slice(3)).toEqual(['error CONNECTION', 'given-back b', 'given-back c']);
    expect(claims).toEqual([{ namespace: 'default', task: 'a', token: expect.any(Number) }]);
  });

  test('is stopped once: every call of stop waits for the same end', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const hand = byHand();
    const worker = tusker.work(hand.handler);
    await peer().close('t');
    await time.settles();
    const [first, second] = [worker.stop(), worker.stop()];
    expect(first).toBe(second);
    hand.end();
    await first;
    await tusker.stop();
    expect(() => tusker.work(() => 1)).toThrow(expect.objectContaining({ code: 'STOPPED' }));
  });
});

describe('a worker', () => {
  test('asks for as many tasks as it has room for, and for no more than 64', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    const hand = byHand();
    tusker.work(hand.handler, { concurrency: 66, stopGrace: 0, lease: 5000, worker: 'w' });
    await time.settles();
    for (let i = 0; i < 70; i++) await others.close(`t${i}`);
    for (let i = 0; i < 20; i++) await time.settles();
    expect(hand.started).toBe(66);
    const counts = store.sent('claim').map(({ what }) => (what as { calls: unknown[] }).calls.length);
    expect(counts[0]).toBe(64);
    expect(Math.max(...counts)).toBe(64);
    const first = store.sent('claim')[0]?.what as { wait: number; calls: unknown[] };
    expect([first.wait, first.calls[0]]).toMatchObject([10_000, { lease: 5000, worker: 'w' }]);
    hand.end();
    await time.settles();
    expect(hand.started).toBe(67);
    expect(store.sent('claim').at(-1)?.what).toMatchObject({ calls: [{}] });
  });

  test('that cannot look for tasks says so and looks again after half a second', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    store.next('claim', { times: 2 }).rejects();
    const worker = tusker.work(() => 'merged');
    const events = told(worker);
    await others.close('t');
    await time.passes(999);
    expect(store.sent('claim').map(({ at }) => at)).toEqual([0, 500]);
    await time.passes(1);
    expect(events).toEqual(['error CONNECTION', 'error CONNECTION', 'claimed t', 'completed t']);
  });

  test('without a listener for errors goes on all the same', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    store.next('claim').rejects();
    tusker.work(() => 'merged');
    await others.close('t');
    await time.passes(500);
    expect(await others.result('t', { timeout: 0 })).toBe('merged');
  });

  test('that pauses after an error is stopped at once', async () => {
    const { tusker, store, time } = unrulyTusker();
    store.next('claim').rejects();
    const worker = tusker.work(() => 'merged');
    await time.passes(100);
    await worker.stop();
    expect(time.now).toBe(100);
  });

  test('whose completion does not get through tells of the error, and does not fail the attempt for it', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    store.next('complete').losesAnswer();
    const worker = tusker.work(() => 'merged');
    const events = told(worker);
    await others.close('t');
    await time.settles();
    expect(events).toEqual(['claimed t', 'error CONNECTION']);
    expect(store.sent('failClaim')).toEqual([]);
    expect(await others.result('t', { timeout: 0 })).toBe('merged');
  });

  test('whose failure does not get through tells of that error, and its slot is free again', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    store.next('failClaim').rejects();
    const hand = byHand();
    const worker = tusker.work(hand.handler);
    const events = told(worker);
    await closed(others, 'a', 'b');
    await time.settles();
    hand.fail(new Error('no'));
    await time.settles();
    expect(events).toEqual(['claimed a', 'error CONNECTION', 'claimed b']);
    hand.end();
    await time.settles();
  });

  test('works on what was claimed beside a record that cannot be read', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    await closed(others, 'good');
    const [claimed] = await store.claim([{ nonce: 'n', lease: 30_000, worker: 'w' }]);
    store.next('claim').answers([{ kind: 'error', error: new Error('corrupt') }, claimed]);
    const worker = tusker.work(() => 'merged', { concurrency: 2 });
    const events = told(worker);
    await time.settles();
    expect(events).toEqual(['claimed good', 'completed good']);
    store
      .next('claim')
      .answers([{ kind: 'error', error: Object.assign(new Error('corrupt'), { code: 'STORE_CORRUPT' }) }]);
    await time.passes(10_000);
    expect(events.slice(2)).toEqual(['error STORE_CORRUPT']);
  });

  test('is handed a task at the moment of its release, not at a next look', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    const moments: number[] = [];
    tusker.work(() => void moments.push(performance.now()));
    for (const at of [1234, 5678, 17_001]) {
      await time.passes(at - time.now);
      await others.close(`t${at}`);
      await time.settles();
    }
    expect(moments).toEqual([1234, 5678, 17_001]);
  });

  test('is handed a delayed task at its moment, though nobody tells it', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    await others.close('t');
    await (await others.fetchReleased())?.fail(new Error('once'), { delay: 3000 });
    const moments: number[] = [];
    tusker.work(() => void moments.push(performance.now()));
    await time.passes(2999);
    expect(moments).toEqual([]);
    await time.passes(1);
    expect(moments).toEqual([3000]);
  });
});
