import {
  InvalidArgumentError,
  LockHeldError,
  TaskReleasedError,
  UnitDoneError,
  UnitFailedError,
} from '../core/errors.js';
import { decodeJson } from '../core/json.js';
import type { TaskState, UnitState } from '../core/states.js';
import type { LockCall, LockOutcome } from '../core/store.js';
import { MAX_UNITS } from '../core/store.js';
import { PromisedCall } from './asker.js';
import type { CheckedLock } from './checked-lock.js';
import type { LeaseTerms } from './lease.js';
import { Lock } from './lock.js';
import { decodePayload } from './payload.js';
import type { Session } from './session.js';

/** What `tryLock` answers. */
export type TryLockOutcome<Unit> = { readonly kind: 'locked'; readonly lock: Lock<Unit> } | NotLocked<Unit>;

/** Why `tryLock` gave no lock. */
export type NotLocked<Unit> =
  /** Somebody else holds it; it runs out in `retryAfter` ms unless renewed. Or nobody does (`''`), and its backoff lasts so long. */
  | { readonly kind: 'held'; readonly holder: string; readonly retryAfter: number }
  /** Done already: skip the work. */
  | { readonly kind: 'done'; readonly result: Unit }
  /** It has failed for good: its `unitAttempts` are spent. `error` is what it failed with last. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The task takes no more units. `unitState` says what this one was, while its name is kept (5 min after the completion). */
  | { readonly kind: 'late'; readonly state: TaskState; readonly unitState: UnitState | null };

/** One try at a lock. */
abstract class LockTry<Unit, Answer> extends PromisedCall<LockCall, Answer> {
  readonly #session: Session;
  readonly #terms: LeaseTerms;
  readonly #askedAt = performance.now();

  constructor(session: Session, { call, terms }: CheckedLock) {
    super(call);
    this.#session = session;
    this.#terms = terms;
  }

  protected abstract locked(lock: Lock<Unit>): Answer;
  /** May throw: the promise is rejected then. */
  protected abstract notLocked(outcome: NotLocked<Unit>): Answer;

  resolve(outcome: LockOutcome): void {
    switch (outcome.kind) {
      case 'locked':
        return this.fulfil(this.locked(this.#lock(outcome)));
      case 'held': {
        const { holder, until, now } = outcome;
        return this.fulfil(this.notLocked({ kind: 'held', holder, retryAfter: Math.max(0, until - now) }));
      }
      case 'done':
        return this.#done(decodePayload(this.#session, 'unit', outcome.result));
      case 'failed':
        return this.fulfil(this.notLocked({ kind: 'failed', error: decodeJson(outcome.error) ?? null }));
      case 'late':
        return this.fulfil(this.notLocked(outcome));
      case 'full':
        throw new InvalidArgumentError('unit', this.call.unit, `at most ${MAX_UNITS} units in a task`);
    }
  }

  /** From here on it is its caller's. */
  #lock(granted: Extract<LockOutcome, { kind: 'locked' }>): Lock<Unit> {
    return new Lock<Unit>(this.#session, this.call, granted, this.#terms, this.#askedAt).start();
  }

  #done(decoded: unknown): void {
    const answer = (result: unknown): Answer => this.notLocked({ kind: 'done', result: result as Unit });
    this.fulfil(decoded instanceof Promise ? decoded.then(answer) : answer(decoded));
  }
}

/** The promise of `tryLock`. */
export class TryLockRequest<Unit> extends LockTry<Unit, TryLockOutcome<Unit>> {
  protected locked(lock: Lock<Unit>): TryLockOutcome<Unit> {
    return { kind: 'locked', lock };
  }

  protected notLocked(outcome: NotLocked<Unit>): TryLockOutcome<Unit> {
    return outcome;
  }
}

/** The promise of `lock`. */
export class LockRequest<Unit> extends LockTry<Unit, Lock<Unit>> {
  protected locked(lock: Lock<Unit>): Lock<Unit> {
    return lock;
  }

  protected notLocked(outcome: NotLocked<Unit>): never {
    throw refusal(this.call, outcome);
  }
}

export function refusal<Unit>({ task, unit }: LockCall, outcome: NotLocked<Unit>): Error {
  if (outcome.kind === 'held') return new LockHeldError(task, unit, outcome.holder, outcome.retryAfter);
  if (outcome.kind === 'done') return new UnitDoneError(task, unit, outcome.result);
  if (outcome.kind === 'failed') return new UnitFailedError(task, unit, outcome.error);
  return new TaskReleasedError(task, outcome.state, unit, outcome.unitState);
}
