import { InvalidArgumentError, isTuskerError, StoppedError } from '../core/errors.js';
import { refused } from '../core/turns.js';
import type { CheckedLock } from './checked-lock.js';
import { Ends } from './ends.js';
import type { Lock } from './lock.js';
import type { TryLockOutcome } from './lock-request.js';
import { LockRequest, refusal, TryLockRequest } from './lock-request.js';
import { decodePayload } from './payload.js';
import { publishedWork } from './publishing.js';
import type { Session } from './session.js';
import { pause, pollPauses } from './waiting.js';

export type { NotLocked, TryLockOutcome } from './lock-request.js';

/** One try at a lock. */
export function tryLock<Unit>(session: Session, checked: CheckedLock): Promise<TryLockOutcome<Unit>> {
  if (session.stopping.signal.aborted) return refused(new StoppedError());
  const request = new TryLockRequest<Unit>(session, checked);
  session.batcher.ask(request);
  return request.promise;
}

/** Rejects with LockHeldError, TaskReleasedError, UnitDoneError, UnitFailedError. */
export function lock<Unit>(session: Session, checked: CheckedLock): Promise<Lock<Unit>> {
  if (waits(checked)) return lockOrRefusal(session, checked);
  if (session.stopping.signal.aborted) return refused(new StoppedError());
  const request = new LockRequest<Unit>(session, checked);
  session.batcher.ask(request);
  return request.promise;
}

/** Most do not wait: they are spared the rest. */
function waits({ terms }: CheckedLock): boolean {
  return terms.wait > 0 || terms.signal !== undefined;
}

async function lockOrRefusal<Unit>(session: Session, checked: CheckedLock): Promise<Lock<Unit>> {
  const outcome = await lockPatiently<Unit>(session, checked);
  if (outcome.kind === 'locked') return outcome.lock;
  throw refusal(checked.call, outcome);
}

/** Tries until the unit is free, done or late, or the wait is over. */
async function lockPatiently<Unit>(session: Session, checked: CheckedLock): Promise<TryLockOutcome<Unit>> {
  const { wait, signal } = checked.terms;
  signal?.throwIfAborted();
  const ends = new Ends(session, signal);
  const end = performance.now() + wait;
  try {
    for (const next of pollPauses()) {
      const outcome = await tryLock<Unit>(session, checked);
      const left = end - performance.now();
      if (outcome.kind !== 'held' || left <= 0) return outcome;
      // At the moment the lock runs out it is worth a look, but its holder may be done long before.
      await pause(Math.max(1, Math.min(next, left, outcome.retryAfter + 1)), ends.signal);
    }
  } finally {
    ends[Symbol.dispose]();
  }
  throw new Error('unreachable');
}

/** What the function of `run` and `all` works with. */
export interface RunContext {
  /** Aborts when the lock is lost. Listening begins when it is read. */
  readonly signal: AbortSignal;
  /** The fencing token. */
  readonly token: number;
  readonly task: string;
  readonly unit: string;
}

/** Locks, calls, unlocks with the result; the stored result without calling when the unit is done. */
export async function run<Unit, Input>(
  session: Session,
  checked: CheckedLock,
  work: (context: RunContext) => Input | Promise<Input>,
): Promise<Unit> {
  if (typeof work !== 'function') throw new InvalidArgumentError('work', work, 'a function');
  const outcome = await (waits(checked) ? lockPatiently : tryLock)<Input>(session, checked);
  if (outcome.kind === 'done') return outcome.result as unknown as Unit;
  if (outcome.kind !== 'locked') throw refusal(checked.call, outcome);
  return workUnder<Unit, Input>(session, outcome.lock, () => work(contextOf(outcome.lock)));
}

/**
 * Calls `work` under a lock and settles it: done with the result, whose stored value it gives, or failed with what was
 * thrown, for good where `isFinal` says so. Of a lock that was let go nothing is written when the work throws.
 */
export async function workUnder<Unit, Input>(
  session: Session,
  held: Lock<Input>,
  work: () => Input | Promise<Input>,
  isFinal: (error: unknown) => boolean = (error) => isTuskerError(error, 'FATAL'),
): Promise<Unit> {
  const { task, unit, token } = held;
  let result: Input;
  try {
    result = await publishedWork('run', { namespace: session.store.name, task, unit, token }, work);
  } catch (error) {
    // The unit's own error matters more than that the lock was lost meanwhile. One that was let go has not failed.
    if (!held.isReleased && !(held.lostTo instanceof StoppedError))
      await held.fail(error, { final: isFinal(error) }).catch(() => {});
    throw error;
  }
  try {
    await held.unlock(result);
  } catch (error) {
    // A result that cannot be stored (no JSON, too large) fails the unit; a lost lock has ended already.
    if (!held.isSettled) await held.fail(error, { final: isFinal(error) }).catch(() => {});
    throw error;
  }
  return decodePayload(session, 'unit', result === undefined ? null : JSON.stringify(result)) as Unit;
}

/** The signal is made when it is asked for: listening costs calls of the store. */
function contextOf(held: Lock<unknown>): RunContext {
  const { token, task, unit } = held;
  return {
    token,
    task,
    unit,
    get signal() {
      return held.signal;
    },
  };
}
