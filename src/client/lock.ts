import { CancelledError, InvalidArgumentError, isTuskerError, LockLostError } from '../core/errors.js';
import { isWellFormed } from '../core/json.js';
import { duration, flag, optionsObject } from '../core/options.js';
import type {
  LockCall,
  LockOutcome,
  LostOutcome,
  Progress,
  TaskEventKind,
  UnlockCall,
  UnlockOutcome,
} from '../core/store.js';
import { PromisedCall } from './asker.js';
import type { LeaseTerms, LeaseTimes } from './lease.js';
import { Lease } from './lease.js';
import type { LockTimes } from './namespace-options.js';
import { encodeError, encodePayload } from './payload.js';
import type { Session } from './session.js';

/** Where the task stands after a unit ended, and whether this call released it. */
export interface UnitProgress extends Progress {
  readonly released: boolean;
}

/** What happens to a task without its locks ending. */
const LOCK_LIVES_ON: ReadonlySet<TaskEventKind> = new Set(['created', 'opened', 'closed']);

type Unlocking = Pick<UnlockCall, 'task' | 'unit' | 'token'>;
type Granted = Extract<LockOutcome, { kind: 'locked' }>;

/**
 * A lock on one unit, held by this process and renewed until it is settled or its longest hold is over. Leaving an
 * `await using` scope without `unlock` fails the unit with the reason `scope left`.
 */
export class Lock<Unit = unknown> extends Lease implements AsyncDisposable {
  readonly task: string;
  readonly unit: string;
  /** The fencing token: hand it to the systems that the work writes to, the highest one wins. */
  readonly token: number;
  readonly #session: Session;

  /** @internal Made by `lock`, `tryLock` and `run`. */
  constructor(
    session: Session,
    { task, unit }: Pick<LockCall, 'task' | 'unit'>,
    granted: Granted,
    terms: LeaseTerms,
    askedAt: number,
  ) {
    super(session.renewer, terms, granted, askedAt);
    this.#session = session;
    this.task = task;
    this.unit = unit;
    this.token = granted.token;
  }

  /** The unit is done, with a JSON result. Safe to repeat. @throws LockLostError (with the result), InvalidArgumentError, PayloadTooLargeError */
  unlock(result?: Unit): Promise<UnitProgress> {
    try {
      const encoded = encodePayload(this.#session, 'unit', result);
      if (encoded instanceof Promise) return this.#unlockLater(encoded, result);
      const request = new UnlockRequest(this.#unlockCall(encoded), result);
      this.#session.batcher.ask(request);
      return request.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #unlockLater(encoded: Promise<string | null>, result: Unit | undefined): Promise<UnitProgress> {
    const making = encoded.then((text) => this.#unlockCall(text));
    const outcome = await this.#session.batcher.callLater(this.task, making);
    return unlocked(outcome, this, result);
  }

  #unlockCall(result: string | null): UnlockCall {
    this.settle();
    return { verb: 'unlock', task: this.task, unit: this.unit, token: this.token, result };
  }

  /** The unit failed. It can be locked again until the release, unless `final`. Safe to repeat. @throws LockLostError */
  async fail(error: unknown, options: { readonly final?: boolean | undefined } = {}): Promise<UnitProgress> {
    const given = optionsObject('options', options, ['final'] as const);
    const final = given.final === undefined ? isTuskerError(error, 'FATAL') : flag('options.final', given.final);
    const { task, unit, token } = this;
    this.settle();
    const outcome = await this.#session.batcher.call({
      verb: 'failUnit',
      task,
      unit,
      token,
      error: encodeError(error),
      final,
    });
    if (outcome.kind === 'lost') throw lostError(outcome, task, unit, token);
    return progress(outcome);
  }

  /**
   * Others may have the unit at once, as if the lock had run out now: it has not failed. For a holder that must stop. What was
   * done all the same may still be unlocked, by its token, until somebody else has the unit. Safe to repeat. @throws LockLostError
   */
  async letGo(): Promise<UnitProgress> {
    const { task, unit, token } = this;
    this.settle();
    const outcome = await this.#session.batcher.call({ verb: 'letGo', task, unit, token });
    if (outcome.kind === 'lost') throw lostError(outcome, task, unit, token);
    return progress(outcome);
  }

  /** A deadline `ttl` ms from now, or as late as the longest hold and the task's deadline allow. @throws LockLostError */
  async extend(ttl: number): Promise<{ readonly until: number }> {
    const askedAt = performance.now();
    const { task, unit, token } = this;
    const outcome = await this.#session.batcher.call({
      verb: 'extendLock',
      task,
      unit,
      token,
      ttl: duration('ttl', ttl),
    });
    if (outcome.kind === 'lost') {
      const error = lostError(outcome, task, unit, token);
      this.lose(error);
      throw error;
    }
    this.extended(outcome, askedAt);
    return { until: outcome.until };
  }

  protected async ask(ms: number): Promise<LeaseTimes | Error> {
    const { task, unit, token } = this;
    const outcome = await this.#session.batcher.callAtOnce({ verb: 'extendLock', task, unit, token, ttl: ms });
    return outcome.kind === 'lost' ? lostError(outcome, task, unit, token) : outcome;
  }

  protected ranOut(): Error {
    return new LockLostError(this.task, this.unit, this.token);
  }

  protected async giveUp(): Promise<void> {
    const { task, unit, token } = this;
    const outcome = await this.#session.batcher.callAtOnce({ verb: 'letGo', task, unit, token });
    if (outcome.kind === 'lost') throw lostError(outcome, task, unit, token);
  }

  /** @internal */
  get subject() {
    const { task, unit, token } = this;
    return { namespace: this.#session.store.name, kind: 'lock', task, unit, token } as const;
  }

  protected watch(since: number, wake: () => void): () => void {
    return this.#session.follower.watch(this.task, { since, except: LOCK_LIVES_ON }, wake);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.hasEnded) return;
    await this.fail(new Error('scope left')).catch((error: unknown) => {
      if (!(error instanceof LockLostError || error instanceof CancelledError)) throw error;
    });
  }
}

/** The promise of `unlock`. */
class UnlockRequest extends PromisedCall<UnlockCall, UnitProgress> {
  readonly #result: unknown;

  constructor(call: UnlockCall, result: unknown) {
    super(call);
    this.#result = result;
  }

  resolve(outcome: UnlockOutcome): void {
    this.fulfil(unlocked(outcome, this.call, this.#result));
  }
}

function unlocked(outcome: UnlockOutcome, { task, unit, token }: Unlocking, result: unknown): UnitProgress {
  if (outcome.kind === 'lost') throw new LockLostError(task, unit, token, result);
  return progress(outcome);
}

function progress({ state, outstanding, done, released }: UnitProgress): UnitProgress {
  return { state, outstanding, done, released };
}

export function lostError(outcome: LostOutcome, task: string, unit: string, token: number | null): Error {
  if (outcome.cancelled !== undefined) return new CancelledError(task, outcome.cancelled);
  return new LockLostError(task, unit, token);
}

/** Options of `lock`, `tryLock` and `run`. What is left out is as the namespace says, and else the default. */
export interface LockOptions extends LockTimes {
  /** For people: who holds it. Default that of the tusker, `host:pid`; at most 200 characters. */
  readonly holder?: string | undefined;
  /** A live lock of this unit, whoever holds it, gets a new deadline and keeps its token: no `LOCK_HELD`. Default false. */
  readonly refresh?: boolean | undefined;
  /** Ends the wait. Default none. */
  readonly signal?: AbortSignal | undefined;
}

export function holderName(value: unknown, argument = 'holder'): string {
  if (typeof value !== 'string' || value.length > 200 || !isWellFormed(value)) {
    throw new InvalidArgumentError(argument, value, 'a well-formed text of at most 200 characters');
  }
  return value;
}
