import { CancelledError, isTuskerError, StaleClaimError, TimeoutError } from '../core/errors.js';
import { duration, flag, optionsObject } from '../core/options.js';
import type { ClaimedTask, Shortfall, StaleOutcome, TaskEventKind } from '../core/store.js';
import { readResults } from './claim-results.js';
import type { LeaseTimes } from './lease.js';
import { Lease } from './lease.js';
import { callWith, decodePayload, encodeError, encodePayload } from './payload.js';
import type { Unit } from './results.js';
import { readUnits } from './results.js';
import type { Session } from './session.js';

/** What happens to a task before its claim, or with it. */
const CLAIM_LIVES_ON: ReadonlySet<TaskEventKind> = new Set(['created', 'opened', 'closed', 'released', 'claimed']);

/** How much later than news of what followed the answer to a claim may be read, in ms. */
const CLAIM_SLACK = 1000;

export interface FailOptions {
  /** False: no other attempt, the task goes to `failed`. Default true, and false for a `FatalError`. */
  readonly retry?: boolean | undefined;
  /** How long to wait before the next attempt, in ms, instead of the backoff. Default the backoff; 0 or more. */
  readonly delay?: number | undefined;
}

/**
 * One attempt at a released task, leased to this process and renewed until it is settled. Leaving an `await using`
 * scope unsettled gives the task back; the attempt is not spent.
 */
export class Claim<Info = unknown, UnitResult = unknown, Result = unknown> extends Lease implements AsyncDisposable {
  readonly task: string;
  /** The fencing token: hand it to the systems that the merge writes to, the highest one wins. */
  readonly token: number;
  /** 1 on the first. */
  readonly attempt: number;
  readonly attempts: number;
  /** Which units are not done, and why; `null` when all are done. */
  readonly incomplete: Shortfall | null;
  readonly closedAt: number;
  readonly releasedAt: number;
  /** Done units. */
  readonly done: number;
  /** What the close carried, such as a trace context. */
  readonly context: string | null;
  readonly #session: Session;
  readonly #infoText: string | null;
  #info: Info | undefined;
  readonly #incarnation: number;
  readonly #timeout: number;
  readonly #timeoutAt: number;

  /** @internal Made by `fetchReleased`, `claims` and `work`; nobody's until it is started. */
  constructor(session: Session, claimed: ClaimedTask, options: { readonly lease: number; readonly askedAt: number }) {
    const timeout = claimed.timeoutAt - claimed.now;
    const timeoutAt = options.askedAt + timeout;
    const granted = { until: claimed.leaseUntil, now: claimed.now };
    super(session.renewer, { length: options.lease, renews: true, hardEnd: timeoutAt }, granted, options.askedAt);
    this.#session = session;
    this.task = claimed.task;
    this.token = claimed.token;
    this.attempt = claimed.attempt;
    this.attempts = claimed.attempts;
    this.incomplete = claimed.incomplete;
    this.closedAt = claimed.closedAt;
    this.releasedAt = claimed.releasedAt;
    this.done = claimed.done;
    this.context = claimed.context;
    this.#infoText = claimed.info;
    this.#incarnation = claimed.incarnation;
    this.#timeout = timeout;
    this.#timeoutAt = timeoutAt;
  }

  /** What the close or the declaration of the task carried. */
  get info(): Info {
    return this.#info as Info;
  }

  /** @internal Before it is handed out; meanwhile it is renewed, for a schema may take its time. @throws InvalidArgumentError */
  async readInfo(): Promise<void> {
    this.#info = (await decodePayload(this.#session, 'info', this.#infoText)) as Info;
  }

  /**
   * The results of the done units in natural order of their names (2 before 10).
   *
   * @throws IncompleteTaskError when units are missing, unless `{ partial: true }`; StaleClaimError, ConnectionError
   */
  async results(options: { readonly partial?: boolean | undefined } = {}): Promise<UnitResult[]> {
    const { partial } = optionsObject('options', options, ['partial'] as const);
    const isPartial = partial !== undefined && flag('options.partial', partial);
    return readResults<UnitResult>(this.#session, this.#source, this.incomplete, isPartial);
  }

  /** The units in natural order, read in pages as they are asked for. @throws StaleClaimError */
  units(): AsyncGenerator<Unit<UnitResult>, void, undefined> {
    return readUnits<UnitResult>(this.#session, this.#source);
  }

  get #source() {
    return { task: this.task, token: this.token, incarnation: this.#incarnation };
  }

  /** The merge is done, with a JSON result. Accepted once. Safe to repeat. @throws StaleClaimError */
  async complete(result?: Result): Promise<void> {
    const { task, token } = this;
    const encoded = encodePayload(this.#session, 'result', result);
    const outcome = await callWith(this.#session, task, encoded, (text) => {
      this.settle();
      return { verb: 'complete', task, token, result: text };
    });
    if (outcome.kind === 'stale') throw staleError(outcome, task, token);
  }

  /** The attempt failed; another follows after a backoff if one is left. Safe to repeat. @throws StaleClaimError */
  async fail(error: unknown, options: FailOptions = {}): Promise<'retrying' | 'failed'> {
    const call = failClaimCall(this.task, this.token, error, options);
    this.settle();
    const outcome = await this.#session.batcher.call(call);
    if (outcome.kind === 'stale') throw staleError(outcome, this.task, this.token);
    return outcome.kind;
  }

  /** A lease of `lease` ms from now, never past the attempt's `timeout`. @throws StaleClaimError */
  async extend(lease: number): Promise<{ readonly until: number }> {
    const askedAt = performance.now();
    const { task, token } = this;
    const ms = duration('lease', lease);
    const outcome = await this.#session.batcher.call({ verb: 'extendClaim', task, token, lease: ms });
    if (outcome.kind === 'stale') {
      const error = staleError(outcome, task, token);
      this.lose(error);
      throw error;
    }
    this.extended(outcome, askedAt);
    return { until: outcome.until };
  }

  /** Back to the queue at once; the attempt is not spent. Safe to repeat. @throws StaleClaimError */
  async giveBack(): Promise<void> {
    const { task, token } = this;
    this.settle();
    const outcome = await this.#session.batcher.call({ verb: 'giveBack', task, token });
    if (outcome.kind === 'stale') throw staleError(outcome, task, token);
  }

  protected async ask(ms: number): Promise<LeaseTimes | Error> {
    const { task, token } = this;
    const outcome = await this.#session.batcher.callAtOnce({ verb: 'extendClaim', task, token, lease: ms });
    return outcome.kind === 'stale' ? staleError(outcome, task, token) : outcome;
  }

  protected ranOut(): Error {
    if (performance.now() < this.#timeoutAt) return new StaleClaimError(this.task, this.token);
    return new TimeoutError(`The end of the attempt at task ${JSON.stringify(this.task)}`, this.#timeout);
  }

  protected async giveUp(): Promise<void> {
    const { task, token } = this;
    const outcome = await this.#session.batcher.callAtOnce({ verb: 'giveBack', task, token });
    if (outcome.kind === 'stale') throw staleError(outcome, task, token);
  }

  /** @internal */
  get subject() {
    const { task, token } = this;
    return { namespace: this.#session.store.name, kind: 'claim', task, unit: null, token } as const;
  }

  protected watch(since: number, wake: () => void): () => void {
    return this.#session.follower.watch(this.task, { since: since - CLAIM_SLACK, except: CLAIM_LIVES_ON }, wake);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isSettled) return;
    await this.giveBack().catch((error: unknown) => {
      if (!(error instanceof StaleClaimError || error instanceof CancelledError)) throw error;
    });
  }
}

export function failClaimCall(task: string, token: number, error: unknown, options: FailOptions) {
  const given = optionsObject('options', options, ['retry', 'delay'] as const);
  return {
    verb: 'failClaim',
    task,
    token,
    error: encodeError(error),
    retry: given.retry === undefined ? !isTuskerError(error, 'FATAL') : flag('options.retry', given.retry),
    delay: given.delay === undefined ? null : duration('options.delay', given.delay, 0),
  } as const;
}

export function staleError(outcome: StaleOutcome, task: string, token: number): Error {
  if (outcome.cancelled !== undefined) return new CancelledError(task, outcome.cancelled);
  return new StaleClaimError(task, token, outcome.currentToken);
}
