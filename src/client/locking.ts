import { FatalError, InvalidArgumentError, LockHeldError, TaskReleasedError, UnitDoneError } from '../core/errors.js';
import { decodeJson } from '../core/json.js';
import { taskName, unitName } from '../core/names.js';
import { abortSignal, DEFAULT_LOCK, duration, flag, optionsObject } from '../core/options.js';
import type { TaskState } from '../core/states.js';
import type { LockCall, LockOutcome } from '../core/store.js';
import { MAX_UNITS } from '../core/store.js';
import { holderName, Lock } from './lock.js';
import { decodePayload } from './payload.js';
import { publishedWork } from './publishing.js';
import type { Session } from './session.js';
import { pause, pollPauses } from './waiting.js';

/** What `tryLock` answers. */
export type TryLockOutcome<Unit> =
  | { readonly kind: 'locked'; readonly lock: Lock<Unit> }
  /** Somebody else holds it; it runs out in `retryAfter` ms unless renewed. */
  | { readonly kind: 'held'; readonly holder: string; readonly retryAfter: number }
  /** Done already: skip the work. */
  | { readonly kind: 'done'; readonly result: Unit }
  /** The task takes no more units. */
  | { readonly kind: 'late'; readonly state: TaskState };

const LOCK_OPTION_NAMES = ['ttl', 'maxHold', 'holder', 'renew', 'refresh', 'wait', 'signal'] as const;

interface CheckedLock {
  readonly task: string;
  readonly unit: string;
  readonly ttl: number;
  readonly maxHold: number;
  readonly holder: string;
  readonly renew: boolean;
  readonly refresh: boolean;
  readonly wait: number;
  readonly signal: AbortSignal | undefined;
}

export function checkLock(session: Session, task: unknown, unit: unknown, options: unknown): CheckedLock {
  const given = optionsObject('options', options, LOCK_OPTION_NAMES);
  return {
    task: taskName(task),
    unit: unitName(unit),
    ttl: given.ttl === undefined ? DEFAULT_LOCK.ttl : duration('options.ttl', given.ttl),
    maxHold: given.maxHold === undefined ? DEFAULT_LOCK.maxHold : duration('options.maxHold', given.maxHold),
    holder: given.holder === undefined ? session.settings.holder : holderName(given.holder, 'options.holder'),
    renew: given.renew === undefined || flag('options.renew', given.renew),
    refresh: given.refresh !== undefined && flag('options.refresh', given.refresh),
    wait: given.wait === undefined ? 0 : duration('options.wait', given.wait, 0),
    signal: abortSignal('options.signal', given.signal),
  };
}

/** One try at a lock. */
export async function tryLock<Unit>(session: Session, checked: CheckedLock): Promise<TryLockOutcome<Unit>> {
  const call: LockCall = {
    verb: 'lock',
    task: checked.task,
    unit: checked.unit,
    idleTimeout: session.settings.idleTimeout,
    ttl: checked.ttl,
    maxHold: checked.maxHold,
    holder: checked.holder,
    refresh: checked.refresh,
  };
  const askedAt = performance.now();
  const outcome: LockOutcome = await session.batcher.call(call);
  switch (outcome.kind) {
    case 'locked': {
      const options = { ttl: checked.ttl, renew: checked.renew, askedAt };
      return { kind: 'locked', lock: new Lock<Unit>(session, checked.task, checked.unit, outcome, options) };
    }
    case 'held':
      return { kind: 'held', holder: outcome.holder, retryAfter: Math.max(0, outcome.until - outcome.now) };
    case 'done':
      return { kind: 'done', result: (await decodePayload(session, 'unit', outcome.result)) as Unit };
    case 'late':
      return outcome;
    case 'full':
      throw new InvalidArgumentError('unit', checked.unit, `at most ${MAX_UNITS} units in a task`);
  }
}

/** Tries until the unit is free, done or late, or the wait is over. Most do not wait: they are spared the rest. */
function lockWaiting<Unit>(session: Session, checked: CheckedLock): Promise<TryLockOutcome<Unit>> {
  if (checked.wait === 0 && checked.signal === undefined) return tryLock<Unit>(session, checked);
  return lockPatiently<Unit>(session, checked);
}

async function lockPatiently<Unit>(session: Session, checked: CheckedLock): Promise<TryLockOutcome<Unit>> {
  checked.signal?.throwIfAborted();
  const end = performance.now() + checked.wait;
  for (const next of pollPauses()) {
    const outcome = await tryLock<Unit>(session, checked);
    const left = end - performance.now();
    if (outcome.kind !== 'held' || left <= 0) return outcome;
    // At the moment the lock runs out it is worth a look, but its holder may be done long before.
    await pause(Math.max(1, Math.min(next, left, outcome.retryAfter + 1)), checked.signal);
  }
  throw new Error('unreachable');
}

/** @throws LockHeldError, TaskReleasedError, UnitDoneError */
export async function lock<Unit>(session: Session, checked: CheckedLock): Promise<Lock<Unit>> {
  const outcome = await lockWaiting<Unit>(session, checked);
  if (outcome.kind === 'locked') return outcome.lock;
  throw refusal(checked, outcome);
}

function refusal<Unit>({ task, unit }: CheckedLock, outcome: Exclude<TryLockOutcome<Unit>, { kind: 'locked' }>): Error {
  if (outcome.kind === 'held') return new LockHeldError(task, unit, outcome.holder, outcome.retryAfter);
  if (outcome.kind === 'done') return new UnitDoneError(task, unit, outcome.result);
  return new TaskReleasedError(task, outcome.state);
}

/** What the function of `run` and `all` works with. */
export interface RunContext {
  /** Aborts when the lock is lost. */
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
  const outcome = await lockWaiting<Input>(session, checked);
  if (outcome.kind === 'done') return outcome.result as unknown as Unit;
  if (outcome.kind !== 'locked') throw refusal(checked, outcome);
  const { lock: held } = outcome;
  const { task, unit } = checked;
  let result: Input;
  try {
    result = await publishedWork('run', { namespace: session.store.name, task, unit, token: held.token }, () =>
      work({ signal: held.signal, token: held.token, task, unit }),
    );
  } catch (error) {
    // The unit's own error matters more than that the lock was lost meanwhile.
    await held.fail(error, { final: error instanceof FatalError }).catch(() => {});
    throw error;
  }
  return store<Unit, Input>(session, held, result);
}

async function store<Unit, Input>(session: Session, held: Lock<Input>, result: Input): Promise<Unit> {
  try {
    await held.unlock(result);
  } catch (error) {
    // A result that cannot be stored (no JSON, too large) fails the unit; a lost lock has ended already.
    if (!held.isSettled) await held.fail(error).catch(() => {});
    throw error;
  }
  const text = result === undefined ? null : JSON.stringify(result);
  return (session.schemas.unit ? await decodePayload(session, 'unit', text) : decodeJson(text)) as Unit;
}
