/** What a holder knows of its lock or claim while the store is late, silent, or says no. */
import { describe, expect, test } from 'vitest';
import type { Claim, Lock, Tusker } from '../../src/index.js';
import type { UnrulyStore } from '../harness/unruly-store.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';

/** When each renewal was sent after the beginning, in ms. */
const moments = (store: UnrulyStore, verb: 'extendLock' | 'extendClaim' = 'extendLock') =>
  store.sent(verb).flatMap(({ at }) => (at > 0 ? [at] : []));
/** For how long each of them asked. */
const lengths = (store: UnrulyStore, verb: 'extendLock' | 'extendClaim' = 'extendLock') =>
  store.sent(verb).flatMap(({ at, what }) => (at > 0 ? [what as { ttl?: number; lease?: number }] : []));

async function claimed(tusker: Tusker, task: string, options = {}): Promise<Claim> {
  const claim = await tusker.fetchReleased(options);
  if (claim?.task !== task) throw new Error(`expected a claim of ${task}, got ${claim?.task}`);
  return claim;
}

/** When its signal aborted, in ms; what for. Whoever begins to listen asks the store once; that is over. */
async function abortOf({ signal }: Lock | Claim): Promise<{ at?: number; reason?: unknown }> {
  const abort: { at?: number; reason?: unknown } = {};
  signal.addEventListener('abort', () => Object.assign(abort, { at: performance.now(), reason: signal.reason }));
  await new Promise((resolve) => setImmediate(resolve));
  return abort;
}

describe('renewals', () => {
  test('come at a third of the length, for as long as the lock is held', async () => {
    const { tusker, store, time } = unrulyTusker();
    const lock = await tusker.lock('t', 'u', { ttl: 9000 });
    await time.passes(2999);
    expect(moments(store)).toEqual([]);
    await time.passes(27_001);
    expect(moments(store)).toEqual([3000, 6000, 9000, 12_000, 15_000, 18_000, 21_000, 24_000, 27_000, 30_000]);
    await lock.unlock();
    // The renewer has it no more.
    expect(lock.renewPlace).toBe(-1);
    await time.passes(60_000);
    expect(moments(store)).toHaveLength(10);
  });

  test('of a short lock come in time when a long one was taken before it, and the long one has its own', async () => {
    const { tusker, store, time } = unrulyTusker();
    await tusker.lock('t', 'long', { ttl: 60_000 });
    await time.passes(1000);
    await tusker.lock('t', 'short', { ttl: 3000 });
    await time.passes(19_000);
    const sent = store.sent('extendLock').map(({ at, what }) => [(what as { unit: string }).unit, at]);
    expect(sent.filter(([unit]) => unit === 'short').map(([, at]) => at)).toEqual(
      Array.from({ length: 19 }, (_, i) => 2000 + i * 1000),
    );
    expect(sent.filter(([unit]) => unit === 'long')).toEqual([['long', 20_000]]);
  });

  test('of the locks that stay come in time when those before and behind them are given up', async () => {
    const { tusker, store, time } = unrulyTusker();
    const locks = await Promise.all([1, 2, 3, 4, 5].map((unit) => tusker.lock('t', unit, { ttl: 3000 })));
    await locks[0]?.unlock();
    await locks[4]?.unlock();
    await locks[1]?.unlock();
    await time.passes(1000);
    const renewed = store.sent('extendLock').map(({ what }) => (what as { unit: string }).unit);
    expect(renewed.sort()).toEqual(['3', '4']);
  });

  test('ask for the whole length again; of a claim too', async () => {
    const { tusker, store, time } = unrulyTusker();
    await tusker.lock('t', 'u', { ttl: 6000 });
    await tusker.close('c');
    await claimed(tusker, 'c', { lease: 12_000 });
    await time.passes(4000);
    expect(lengths(store)).toMatchObject([{ ttl: 6000 }, { ttl: 6000 }]);
    expect(lengths(store, 'extendClaim')).toMatchObject([{ lease: 12_000 }]);
  });

  test('are not sent twice at once: the next comes a third after the last was answered in time', async () => {
    const { tusker, store, time } = unrulyTusker();
    await tusker.lock('t', 'u', { ttl: 9000 });
    store.next('extendLock').takes(2000);
    await time.passes(5999);
    expect(moments(store)).toEqual([3000]);
    await time.passes(1);
    expect(moments(store)).toEqual([3000, 6000]);
  });

  test('do not come for a lock that was taken with renew: false', async () => {
    const { tusker, store, time } = unrulyTusker();
    const abort = await abortOf(await tusker.lock('t', 'u', { ttl: 3000, renew: false }));
    await time.passes(2999);
    expect(abort.at).toBeUndefined();
    await time.passes(1);
    expect(abort).toMatchObject({ at: 3000, reason: { code: 'LOCK_LOST', unit: 'u' } });
    expect(moments(store)).toEqual([]);
  });

  test('follow a deadline that was made shorter by hand', async () => {
    const { tusker, store, time } = unrulyTusker();
    const lock = await tusker.lock('t', 'u', { ttl: 60_000 });
    await lock.extend(3000);
    await time.passes(3000);
    expect(moments(store)).toEqual([1000]);
    expect(lock.until).toBe(time.clock.now() - 2000 + 60_000);
  });
});

describe('a renewal that does not get through', () => {
  test('costs nothing: the next one saves the lock', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    const lock = await tusker.lock('t', 'u', { ttl: 9000 });
    const abort = await abortOf(lock);
    store.next('extendLock').rejects();
    await time.passes(7500);
    // A quarter of what was left.
    expect(moments(store)).toEqual([3000, 4500, 7500]);
    await time.passes(5000);
    await others.sweep();
    expect(abort.at).toBeUndefined();
    expect(await lock.unlock()).toMatchObject({ done: 1 });
  });

  test('of a claim neither, also when it was the answer that got lost', async () => {
    const { tusker, store, time } = unrulyTusker();
    await tusker.close('t');
    const claim = await claimed(tusker, 't', { lease: 9000 });
    const abort = await abortOf(claim);
    store.next('extendClaim', { times: 2 }).losesAnswer();
    await time.passes(12_000);
    expect(abort.at).toBeUndefined();
    await claim.complete('r');
    expect(await tusker.result('t')).toBe('r');
  });

  test('is tried again more and more often, and the lock is lost at its deadline, not before and not after', async () => {
    const { tusker, store, time } = unrulyTusker();
    const abort = await abortOf(await tusker.lock('t', 'u', { ttl: 9000 }));
    store.next('extendLock', { times: Number.POSITIVE_INFINITY }).rejects();
    await time.passes(8999);
    expect(abort.at).toBeUndefined();
    const [first, second, third] = moments(store);
    expect([first, second, third]).toEqual([3000, 4500, 5625]);
    expect(moments(store).length).toBeLessThan(40);
    await time.passes(6);
    expect(abort.reason).toMatchObject({ code: 'LOCK_LOST', task: 't', unit: 'u' });
    expect(abort.at).toBeLessThanOrEqual(9005);
    const count = moments(store).length;
    await time.passes(60_000);
    expect(moments(store)).toHaveLength(count);
  });

  test('and a lock that is lost cannot be unlocked as if nothing had been: others have the unit', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const lock = await tusker.lock('t', 'u', { ttl: 9000 });
    store.next('extendLock', { times: Number.POSITIVE_INFINITY }).rejects();
    await time.passes(9005);
    expect(await peer().tryLock('t', 'u')).toMatchObject({ kind: 'locked' });
    await expect(lock.unlock('mine')).rejects.toMatchObject({ code: 'LOCK_LOST', result: 'mine' });
  });
});

describe('a renewal without an answer', () => {
  test.each([
    ['lock', 'LOCK_LOST'],
    ['claim', 'STALE_CLAIM'],
  ] as const)('ends a %s at the moment its deadline passes', async (kind, code) => {
    const { tusker, store, time } = unrulyTusker();
    await tusker.close('c');
    const held =
      kind === 'lock' ? await tusker.lock('t', 'u', { ttl: 9000 }) : await claimed(tusker, 'c', { lease: 9000 });
    const abort = await abortOf(held);
    const renewal = store.next(kind === 'lock' ? 'extendLock' : 'extendClaim').holdsCall();
    await time.passes(8999);
    expect(abort.at).toBeUndefined();
    await time.passes(1);
    expect(abort).toMatchObject({ at: 9000, reason: { code } });
    renewal.letGo();
    await time.settles();
    expect(held.lostTo).toMatchObject({ code });
    await time.passes(60_000);
    expect(moments(store, kind === 'lock' ? 'extendLock' : 'extendClaim')).toHaveLength(1);
  });

  test('that comes late but in time counts from when it was sent, not from when it was answered', async () => {
    const { tusker, store, time } = unrulyTusker();
    const abort = await abortOf(await tusker.lock('t', 'u', { ttl: 9000 }));
    const first = store.next('extendLock').holdsAnswer();
    await time.passes(3000);
    await first.arrived;
    await time.passes(5000);
    const second = store.next('extendLock').holdsCall();
    first.letGo();
    await time.settles();
    // Sent at 3000 it holds until 12 000, and is renewed at once: at 8000 more than a third is over.
    await time.passes(1);
    await second.arrived;
    await time.passes(3998);
    expect(abort.at).toBeUndefined();
    await time.passes(1);
    expect(abort.at).toBe(12_000);
  });

  test('does not end a lock whose process was stopped so long: what was answered meanwhile is heard first', async () => {
    const { tusker, store, time } = unrulyTusker();
    const abort = await abortOf(await tusker.lock('t', 'u', { ttl: 9000 }));
    const renewal = store.next('extendLock').holdsAnswer();
    await time.passes(3000);
    await renewal.arrived;
    time.passesAtOnce(7000);
    renewal.letGo();
    await time.settles();
    expect(abort.at).toBeUndefined();
    await time.passes(3000);
    expect(moments(store).length).toBeGreaterThan(1);
  });

  test('and a lock asked about too late for its deadline lives on when the store says so', async () => {
    const { tusker, store, time } = unrulyTusker();
    const lock = await tusker.lock('t', 'u', { ttl: 9000 });
    const abort = await abortOf(lock);
    // The process slept through its timers; nobody has taken the unit meanwhile.
    time.leaps(9500);
    const renewal = store.next('extendLock').holdsAnswer();
    await time.passes(3000);
    expect(renewal.count).toBe(1);
    await time.passes(1000);
    expect(abort.at).toBeUndefined();
    renewal.letGo();
    await time.passes(1000);
    expect(abort.at).toBeUndefined();
    expect(await lock.unlock()).toMatchObject({ done: 1 });
  });
});

describe('what the store says', () => {
  test('ends the lock at once, with its reason', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const lock = await tusker.lock('t', 'u', { ttl: 9000 });
    const abort = await abortOf(lock);
    await peer().cancel('t', 'user left');
    await time.settles();
    expect(abort).toMatchObject({ at: 0, reason: { code: 'CANCELLED', reason: 'user left' } });
    expect(lock.isSettled).toBe(false);
  });

  test('before anybody listened is heard by the first who does', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const lock = await tusker.lock('t', 'u', { ttl: 9000 });
    await peer().cancel('t', 'user left');
    expect(await abortOf(lock)).toMatchObject({ at: 0, reason: { code: 'CANCELLED', reason: 'user left' } });
    expect(time.now).toBe(0);
  });

  test('is heard without a listener too: a lock that nobody listens to is lost at its next renewal', async () => {
    const { tusker, time, peer, store } = unrulyTusker();
    const lock = await tusker.lock('t', 'u', { ttl: 9000 });
    await peer().cancel('t', 'user left');
    await time.passes(3000);
    expect(lock.lostTo).toMatchObject({ code: 'CANCELLED' });
    expect(lock.signal.reason).toMatchObject({ code: 'CANCELLED', reason: 'user left' });
    await time.passes(60_000);
    expect(store.sent('extendLock')).toHaveLength(1);
  });

  test('of a lock without renewals is asked for what is left of it, not for more', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const abort = await abortOf(await tusker.lock('t', 'u', { ttl: 9000, renew: false }));
    await time.passes(2000);
    // News that may have ended it, but the store cannot be asked.
    store.next('extendLock').rejects();
    await peer().cancel('t');
    await time.settles();
    expect(lengths(store)).toMatchObject([{ ttl: 7000 }]);
    expect(abort.at).toBeUndefined();
    store.next('extendLock', { times: Number.POSITIVE_INFINITY }).rejects();
    await time.passes(7000);
    expect(abort).toMatchObject({ reason: { code: 'LOCK_LOST' } });
  });

  test('after the holder has settled changes nothing: no signal aborts', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const lock = await tusker.lock('t', 'u', { ttl: 9000 });
    const abort = await abortOf(lock);
    const renewal = store.next('extendLock').holdsCall();
    await time.passes(3000);
    await renewal.arrived;
    await peer().cancel('t');
    const unlocking = lock.unlock().catch((error: unknown) => error);
    renewal.letGo();
    await unlocking;
    await time.passes(20_000);
    expect(abort.at).toBeUndefined();
    expect(lock.isSettled).toBe(true);
  });

  test('when a renewal by hand is refused: the signal aborts with the same error', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const lock = await tusker.lock('t', 'u', { ttl: 9000 });
    await time.settles();
    await peer().cancel('t', 'gone');
    const error = await lock.extend(1000).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CANCELLED', reason: 'gone' });
    expect(lock.signal.reason).toBe(error);
  });
});

describe('a claim', () => {
  test('has its time limit from the claim, not from the start of the wait for it', async () => {
    const { tusker, time } = unrulyTusker();
    const waiting = tusker.fetchReleased({ timeout: 600_000, lease: 9000 });
    await time.passes(500_000);
    await tusker.close('t', { timeout: 60_000 });
    const claim = (await waiting) as Claim;
    const abort = await abortOf(claim);
    await time.passes(59_999);
    expect(abort.at).toBeUndefined();
    await time.passes(1);
    expect(abort).toMatchObject({ at: 560_000, reason: { code: 'TIMEOUT', timeout: 60_000 } });
  });

  test('without a wait counts from when it was asked for: an answer that comes late gives no time', async () => {
    const { tusker, store, time } = unrulyTusker();
    await tusker.close('t', { timeout: 60_000 });
    store.next('claim').takes(20_000);
    const fetching = tusker.fetchReleased({ lease: 30_000 });
    await time.passes(20_000);
    const claim = (await fetching) as Claim;
    await time.passes(1);
    // A third of its lease was over when it came.
    expect(moments(store, 'extendClaim')).toEqual([20_001]);
    const abort = await abortOf(claim);
    await time.passes(39_998);
    expect(abort.at).toBeUndefined();
    await time.passes(1);
    expect(abort.at).toBe(60_000);
  });

  test('that was never answered in its renewals is told that it ran out, and at its hard end that time is up', async () => {
    const { tusker, store, time } = unrulyTusker();
    await tusker.close('a', { timeout: 60_000 });
    await tusker.close('b', { timeout: 9000 });
    const a = await abortOf(await claimed(tusker, 'a', { lease: 9000 }));
    const b = await abortOf(await claimed(tusker, 'b', { lease: 9000 }));
    store.next('extendClaim', { times: 2 }).holdsCall();
    await time.passes(9000);
    expect(a).toMatchObject({ at: 9000, reason: { code: 'STALE_CLAIM' } });
    expect(b).toMatchObject({ at: 9000, reason: { code: 'TIMEOUT' } });
  });

  test('ends with its task: a cancel aborts its signal', async () => {
    const { tusker, time, peer } = unrulyTusker();
    await tusker.close('t');
    const abort = await abortOf(await claimed(tusker, 't'));
    await time.settles();
    await peer().cancel('t', 'user left');
    await time.settles();
    expect(abort).toMatchObject({ at: 0, reason: { code: 'CANCELLED', reason: 'user left' } });
  });
});

describe('listening', () => {
  test('of a signal that was read for a moment ends with the lock: 5 s later nothing is watched any more', async () => {
    const { tusker, store, time } = unrulyTusker();
    const lock = await tusker.lock('t', 'u');
    expect(lock.signal.aborted).toBe(false);
    await time.settles();
    expect(store.underWay('events')).toBe(1);
    await lock.unlock();
    await time.passes(5000);
    expect(store.underWay('events')).toBe(0);
    const asked = store.sent('events').length;
    await time.passes(60_000);
    expect(store.sent('events')).toHaveLength(asked);
  });

  test('does not begin before the signal is read, nor for a lock that has ended', async () => {
    const { tusker, store, time } = unrulyTusker();
    const lock = await tusker.lock('t', 'u');
    await time.passes(30_000);
    await lock.unlock();
    expect(lock.signal.aborted).toBe(false);
    await time.settles();
    expect(store.sent('events')).toEqual([]);
  });

  test('is a promise even while the events cannot be read: each failure asks about the lock', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    store.next('events', { times: 3 }).rejects();
    const abort = await abortOf(await tusker.lock('t', 'u'));
    await time.passes(100);
    await peer().cancel('t', 'user left');
    await time.passes(500);
    expect(abort.reason).toMatchObject({ code: 'CANCELLED' });
  });
});

test('stop tells every holder, whether it listens or not', async () => {
  const { tusker, time } = unrulyTusker();
  const [heard, unheard] = [await tusker.lock('t', 1), await tusker.lock('t', 2)];
  const abort = await abortOf(heard);
  await Promise.all([tusker.stop({ grace: 0 }), time.passes(1)]);
  expect(abort.reason).toMatchObject({ code: 'STOPPED' });
  expect(unheard.signal.reason).toMatchObject({ code: 'STOPPED' });
});
