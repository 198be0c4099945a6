/** How a tusker stops: what may finish, what is let go and given back, and when it is over. */
import { describe, expect, test } from 'vitest';
import type { Claim, StandardSchema } from '../../src/index.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';

/** Work that goes on for so many ms, whatever its signal says. */
const busy = (ms: number) => () => new Promise((resolve) => setTimeout(resolve, ms, 'done'));

describe('a run under way', () => {
  test('may finish within the grace, renewed; stop is over with it', async () => {
    const { tusker, store, time } = unrulyTusker();
    const running = tusker.run('t', 1, busy(4999), { ttl: 3000 });
    await time.settles();
    const stopped = tusker.stop().then((report) => ({ report, at: time.now }));
    await time.passes(4999);
    expect(await running).toBe('done');
    expect(await stopped).toEqual({ report: { locks: [], claims: [], calls: [] }, at: 4999 });
    expect(store.sent('extendLock').length).toBeGreaterThanOrEqual(4);
    expect(store.sent('letGo')).toEqual([]);
  });

  test('whose lock is still on its way may finish as well', async () => {
    const { tusker, store, time } = unrulyTusker();
    store.next('lock').takes(1000);
    const running = tusker.run('t', 1, busy(3000));
    await time.settles();
    const stopped = tusker.stop().then((report) => ({ report, at: time.now }));
    await time.passes(4000);
    expect(await running).toBe('done');
    expect(await stopped).toEqual({ report: { locks: [], claims: [], calls: [] }, at: 4000 });
  });

  test('is let go after the grace: its signal says so, and others have the unit at once', async () => {
    const { tusker, store, time } = unrulyTusker();
    let reason: unknown;
    const running = tusker.run('t', 1, ({ signal }) => {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(signal.reason);
        });
      });
    });
    const failed = running.catch((error: unknown) => error);
    await time.settles();
    const stopping = tusker.stop({ grace: 1000 });
    await time.passes(1000);
    await stopping;
    expect(await failed).toBe(reason);
    expect(reason).toMatchObject({ code: 'STOPPED' });
    const verbs = store.batches.flat().map(({ verb }) => verb);
    // Who begins to listen asks whether it is still held.
    expect(verbs.filter((verb) => verb !== 'extendLock')).toEqual(['lock', 'letGo']);
  });

  test('that goes on after the grace cannot be stored any more, and has not failed its unit', async () => {
    const { tusker, store, time } = unrulyTusker();
    const running = tusker.run('t', 1, busy(2000)).catch((error: unknown) => error);
    await time.settles();
    const stopping = tusker.stop({ grace: 1000 });
    await time.passes(2000);
    await stopping;
    expect(await running).toMatchObject({ code: 'STOPPED' });
    expect(store.sent('failUnit')).toEqual([]);
  });
});

describe('after a stop was asked for', () => {
  test('no lock is given any more, and what is held may be settled', async () => {
    const { tusker, time } = unrulyTusker();
    const held = await tusker.lock('t', 1);
    const stopping = tusker.stop();
    await expect(tusker.lock('t', 2)).rejects.toMatchObject({ code: 'STOPPED' });
    await expect(tusker.tryLock('t', 2)).rejects.toMatchObject({ code: 'STOPPED' });
    await expect(tusker.run('t', 2, () => 1)).rejects.toMatchObject({ code: 'STOPPED' });
    await expect(tusker.fetchReleased()).rejects.toMatchObject({ code: 'STOPPED' });
    expect(await held.unlock()).toMatchObject({ done: 1 });
    await stopping;
    expect(time.now).toBe(0);
  });

  test('calls that go on coming do not hold up its end, and all are answered or refused', async () => {
    const { tusker, store, time } = unrulyTusker();
    let isOver = false;
    const told: string[] = [];
    const comeEvery = async (ms: number, name: string): Promise<void> => {
      for (let i = 0; !isOver; i++) {
        store.next('open').takes(100);
        void tusker.open(`${name}-${i}`).then(
          () => told.push('answered'),
          ({ code }) => told.push(code),
        );
        await busy(ms)();
      }
    };
    void comeEvery(70, 'a');
    void comeEvery(30, 'b');
    await time.passes(200);
    const stopped = tusker.stop({ grace: 500 }).then((report) => ({ report, at: time.now }));
    await time.passes(2000);
    isOver = true;
    const { report, at } = await stopped;
    expect(report).toEqual({ locks: [], claims: [], calls: [] });
    expect(at).toBeLessThan(2000);
    expect(new Set(told)).toEqual(new Set(['answered', 'STOPPED']));
  });

  test('a wait for a lock ends at once', async () => {
    const { tusker, time, peer } = unrulyTusker();
    await peer().lock('t', 1);
    const waiting = tusker.lock('t', 1, { wait: 60_000 }).catch((error: unknown) => ({ error, at: time.now }));
    await time.passes(10_000);
    await tusker.stop();
    expect(await waiting).toMatchObject({ error: { code: 'STOPPED' }, at: 10_000 });
  });

  test.each(['fetchReleased', 'claims'] as const)('a claim that reaches %s goes back, attempt unspent', async (how) => {
    const { tusker, store, time, peer } = unrulyTusker();
    const answer = store.next('claim').holdsAnswer();
    const fetching =
      how === 'claims' ? tusker.claims().next() : tusker.fetchReleased({ timeout: 60_000 }).catch(({ code }) => code);
    await peer().close('t');
    await answer.arrived;
    const stopping = tusker.stop();
    await time.passes(900);
    answer.letGo();
    expect(await stopping).toEqual({ locks: [], claims: [], calls: [] });
    expect(await fetching).toEqual(how === 'claims' ? { done: true, value: undefined } : 'STOPPED');
    expect(store.sent('giveBack')).toHaveLength(1);
  });

  test('a call whose payload a schema still has is sent', async () => {
    const slow: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: async (value) => {
          await new Promise((resolve) => setTimeout(resolve, 40));
          return { value };
        },
      },
    };
    const { tusker, time } = unrulyTusker({ schema: { unit: slow, info: slow } });
    const lock = await tusker.lock('t', 1);
    const unlocking = lock.unlock('part');
    const closing = tusker.close('t', { info: 'info' });
    const stopping = tusker.stop();
    await time.passes(100);
    expect(await stopping).toEqual({ locks: [], claims: [], calls: [] });
    expect(await unlocking).toMatchObject({ done: 1 });
    expect(await closing).toMatchObject({ kind: 'closed', state: 'released' });
  });

  test('locks and claims in hand are let go and given back after the grace; a lock that is not renewed stays', async () => {
    const { tusker, store, time } = unrulyTusker();
    await tusker.close('c');
    const claim = (await tusker.fetchReleased()) as Claim;
    const lock = await tusker.lock('t', 'kept');
    const left = await tusker.lock('t', 'left', { renew: false });
    expect(left.signal.aborted).toBe(false);
    const stopping = tusker.stop({ grace: 500 });
    await time.passes(499);
    expect([claim.signal.aborted, lock.signal.aborted]).toEqual([false, false]);
    await time.passes(1);
    await stopping;
    const reasons = [claim, lock, left].map(({ signal }) => signal.reason as unknown);
    expect(reasons).toMatchObject([{ code: 'STOPPED' }, { code: 'STOPPED' }, { code: 'STOPPED' }]);
    expect(store.sent('letGo').map(({ what }) => what)).toMatchObject([{ unit: 'kept' }]);
    expect(store.sent('giveBack').map(({ what }) => what)).toMatchObject([{ task: 'c' }]);
  });
});

describe('a store that does not answer', () => {
  test('holds stop up for no longer than 10 s beyond the grace; what it was not told is named', async () => {
    const { tusker, store, time } = unrulyTusker();
    await tusker.close('c');
    const claim = (await tusker.fetchReleased()) as Claim;
    const lock = await tusker.lock('t', 1);
    for (const verb of ['letGo', 'giveBack', 'close'] as const) store.next(verb).holdsCall();
    const closing = tusker.close('late').catch((error: unknown) => error);
    const stopped = tusker.stop({ grace: 1000 }).then((report) => ({ ...report, at: time.now }));
    await time.passes(10_999);
    await time.passes(1);
    expect(await stopped).toEqual({
      at: 11_000,
      locks: [{ namespace: 'default', task: 't', unit: '1', token: lock.token }],
      claims: [{ namespace: 'default', task: 'c', token: claim.token }],
      calls: [{ namespace: 'default', verb: 'close', task: 'late', unit: null }],
    });
    expect(await closing).toMatchObject({ code: 'STOPPED', message: expect.stringContaining('unknown') });
  });

  test('holds it up for no longer than its time, however the work is', async () => {
    const { tusker, store, time } = unrulyTusker();
    void tusker.run('t', 1, busy(60_000)).catch(() => {});
    await time.settles();
    for (const verb of ['letGo', 'extendLock'] as const) store.next(verb, { times: 9 }).holdsCall();
    const stopped = tusker.stop({ timeout: 2000 }).then((report) => ({ ...report, at: time.now }));
    await time.passes(2000);
    expect(await stopped).toMatchObject({ at: 2000, locks: [{ task: 't', unit: '1' }], claims: [], calls: [] });
  });

  test('a worker of its own names the claims that it could not give back', async () => {
    const { tusker, store, time } = unrulyTusker();
    await tusker.close('t');
    const worker = tusker.work(() => new Promise(() => {}), { stopGrace: 100 });
    await time.settles();
    store.next('giveBack').holdsCall();
    const stopped = worker.stop({ timeout: 3000 }).then((report) => ({ ...report, at: time.now }));
    await time.passes(3000);
    expect(await stopped).toMatchObject({ at: 3000, claims: [{ task: 't' }], locks: [], calls: [] });
  });

  test('an answer that comes after the end starts nothing: no lock is renewed', async () => {
    const { tusker, store, time } = unrulyTusker();
    const answer = store.next('lock').holdsAnswer();
    const locking = tusker.lock('t', 1).catch((error: unknown) => error);
    await answer.arrived;
    const stopping = tusker.stop({ timeout: 1000 });
    await time.passes(1000);
    expect(await stopping).toMatchObject({ calls: [{ verb: 'lock', task: 't', unit: '1' }] });
    expect(await locking).toMatchObject({ code: 'STOPPED' });
    answer.letGo();
    await time.passes(60_000);
    expect(store.sent('extendLock')).toEqual([]);
  });
});
