import { backoffDelay } from '../core/backoff.js';
import type { TaskFailedError, TroubledUnit } from '../core/errors.js';
import { isTuskerError, StaleClaimError, TimeoutError } from '../core/errors.js';
import { DEFAULT_BACKOFF, flag, optionsObject } from '../core/options.js';
import type { FailureReason } from '../core/states.js';
import type { ClaimFailedOutcome, Shortfall, StaleOutcome } from '../core/store.js';
import type { LeaseTimes } from './lease.js';
import { Lease } from './lease.js';
import { decodePayload } from './payload.js';
import { failureOf } from './result.js';
import type { Session } from './session.js';

type Given = Extract<ClaimFailedOutcome, { kind: 'claimed' }>;

/** What a dead letter says: read once it is held, so that it is of this failure. */
interface Letter<Info> {
  readonly info: Info;
  readonly error: TaskFailedError;
  readonly incomplete: Shortfall | null;
}

/**
 * A failed task, leased to this process and renewed until it is settled. Nobody else has it meanwhile. Leaving an `await using`
 * scope unsettled leaves it to the next consumer at once.
 */
export class FailedClaim<Info = unknown> extends Lease implements AsyncDisposable {
  readonly task: string;
  /** The fencing token. */
  readonly token: number;
  /** How often it was given since it failed: 1 on the first. */
  readonly attempt: number;
  readonly #session: Session;
  readonly #lease: number;
  readonly #timeout: number;
  readonly #timeoutAt: number;
  #letter: Letter<Info> | undefined;

  /** @internal Made by `fetchFailed` and `workFailed`; nobody's until it is started. */
  constructor(
    session: Session,
    task: string,
    given: Given,
    terms: { readonly lease: number; readonly maxHold: number; readonly askedAt: number },
  ) {
    const timeoutAt = terms.askedAt + terms.maxHold;
    super(session.renewer, { length: terms.lease, renews: true, hardEnd: timeoutAt }, given, terms.askedAt);
    this.#session = session;
    this.task = task;
    this.token = given.token;
    this.attempt = given.attempt;
    this.#lease = terms.lease;
    this.#timeout = terms.maxHold;
    this.#timeoutAt = timeoutAt;
  }

  get #said(): Letter<Info> {
    return this.#letter as Letter<Info>;
  }

  /** What the close or the declaration of the task carried. */
  get info(): Info {
    return this.#said.info;
  }

  /** Why it failed, in its message, and all of what follows, as `result()` would throw it. */
  get error(): TaskFailedError {
    return this.#said.error;
  }

  /** `'cancelled'` for a task that was cancelled. */
  get reason(): FailureReason {
    return this.error.reason;
  }

  /** What its attempts failed with: `{ name, message, … }`. */
  get errors(): readonly unknown[] {
    return this.error.errors;
  }

  /** Units that failed or expired, at most ten. */
  get units(): readonly TroubledUnit[] {
    return this.error.units;
  }

  /** Which units are not done; `null` when all are done. */
  get incomplete(): Shortfall | null {
    return this.#said.incomplete;
  }

  /** @internal Before it is handed out. @throws StaleClaimError when it is no dead letter any more; InvalidArgumentError of a schema */
  async readInfo(): Promise<void> {
    if (this.isOverdue) await this.#makeSure();
    const [detail] = await this.#session.store.inspect([this.task]);
    if (detail?.state !== 'failed') {
      this.settle();
      throw new StaleClaimError(this.task, this.token);
    }
    const info = (await decodePayload(this.#session, 'info', detail.info)) as Info;
    this.#letter = { info, error: failureOf(detail), incomplete: detail.incomplete };
  }

  /** The store has answered late: another consumer may have it by now. */
  async #makeSure(): Promise<void> {
    const askedAt = performance.now();
    const answer = await this.ask(this.#lease);
    if (!(answer instanceof Error)) return this.extended(answer, askedAt);
    this.lose(answer);
    throw answer;
  }

  /** It is acknowledged. So it is when its task has moved on: it was retried or removed. Safe to repeat. @throws StaleClaimError */
  async complete(): Promise<void> {
    const outcome = await this.#settle(null);
    if (outcome.kind === 'stale' && outcome.currentToken !== null) throw this.#stale(outcome);
  }

  /** It is given again after a backoff; not for a `FatalError`, which acknowledges it, nor once its task has moved on. @throws StaleClaimError */
  async fail(error: unknown, options: { readonly retry?: boolean | undefined } = {}): Promise<'retrying' | 'failed'> {
    const given = optionsObject('options', options, ['retry'] as const);
    const retry = given.retry === undefined ? !isTuskerError(error, 'FATAL') : flag('options.retry', given.retry);
    const outcome = await this.#settle(retry ? backoffDelay(DEFAULT_BACKOFF, this.attempt, Math.random()) : null);
    if (outcome.kind === 'stale' && outcome.currentToken !== null) throw this.#stale(outcome);
    return outcome.kind === 'again' ? 'retrying' : 'failed';
  }

  /** To the next consumer at once. Safe to repeat. @throws StaleClaimError */
  async giveBack(): Promise<void> {
    const outcome = await this.#settle(0);
    if (outcome.kind === 'stale' && outcome.currentToken !== null) throw this.#stale(outcome);
  }

  #settle(again: number | null) {
    const { task, token } = this;
    this.settle();
    return this.#session.batcher.call({ verb: 'settleFailed', task, token, again });
  }

  protected async ask(ms: number): Promise<LeaseTimes | Error> {
    const { task, token } = this;
    const outcome = await this.#session.batcher.callAtOnce({ verb: 'extendFailed', task, token, lease: ms });
    if (outcome.kind !== 'stale') return outcome;
    // Its task has moved on, mostly because its handler has retried it: there is nothing left to lose.
    if (outcome.currentToken === null) this.settle();
    return this.#stale(outcome);
  }

  protected ranOut(): Error {
    if (performance.now() < this.#timeoutAt) return new StaleClaimError(this.task, this.token);
    return new TimeoutError(`The handler of failed task ${JSON.stringify(this.task)}`, this.#timeout);
  }

  protected async giveUp(): Promise<void> {
    const { task, token } = this;
    const outcome = await this.#session.batcher.callAtOnce({ verb: 'settleFailed', task, token, again: 0 });
    if (outcome.kind === 'stale') throw this.#stale(outcome);
  }

  #stale({ currentToken }: StaleOutcome): StaleClaimError {
    return new StaleClaimError(this.task, this.token, currentToken);
  }

  /** @internal */
  get subject() {
    const { task, token } = this;
    return { namespace: this.#session.store.name, kind: 'claim', task, unit: null, token } as const;
  }

  /** Nothing that happens to its task concerns its holder. */
  protected watch(): () => void {
    return () => {};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isSettled) return;
    await this.giveBack().catch((error: unknown) => {
      if (!isTuskerError(error, 'STALE_CLAIM')) throw error;
    });
  }
}
