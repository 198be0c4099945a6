import { backoffDelay } from '../core/backoff.js';
import type { TaskFailedError } from '../core/errors.js';
import { isTuskerError, StaleClaimError, TimeoutError } from '../core/errors.js';
import { DEFAULT_BACKOFF } from '../core/options.js';
import type { ClaimFailedOutcome, Shortfall, StaleOutcome } from '../core/store.js';
import type { LeaseTimes } from './lease.js';
import { Lease } from './lease.js';
import { decodePayload } from './payload.js';
import { failureOf } from './result.js';
import type { Session } from './session.js';

type Given = Extract<ClaimFailedOutcome, { kind: 'claimed' }>;

/** What a dead letter says: read once it is held, so that it is of this failure. */
export interface Letter<Info> {
  readonly info: Info;
  readonly error: TaskFailedError;
  readonly incomplete: Shortfall | null;
}

/** A dead letter, leased to this process until it is acknowledged or to be given again. Nobody else has it meanwhile. */
export class FailedClaim<Info = unknown> extends Lease {
  readonly task: string;
  readonly token: number;
  readonly attempt: number;
  readonly #session: Session;
  readonly #timeout: number;
  readonly #timeoutAt: number;
  #letter: Letter<Info> | undefined;

  constructor(
    session: Session,
    task: string,
    given: Given,
    terms: { readonly lease: number; readonly timeout: number; readonly askedAt: number },
  ) {
    const timeoutAt = terms.askedAt + terms.timeout;
    super(session.renewer, { length: terms.lease, renews: true, hardEnd: timeoutAt }, given, terms.askedAt);
    this.#session = session;
    this.task = task;
    this.token = given.token;
    this.attempt = given.attempt;
    this.#timeout = terms.timeout;
    this.#timeoutAt = timeoutAt;
  }

  get letter(): Letter<Info> {
    return this.#letter as Letter<Info>;
  }

  /** @throws StaleClaimError when it is no dead letter any more; InvalidArgumentError of a schema */
  async readInfo(): Promise<void> {
    const [detail] = await this.#session.store.inspect([this.task]);
    if (detail?.state !== 'failed') {
      this.settle();
      throw new StaleClaimError(this.task, this.token);
    }
    const info = (await decodePayload(this.#session, 'info', detail.info)) as Info;
    this.#letter = { info, error: failureOf(detail), incomplete: detail.incomplete };
  }

  /** It is acknowledged. So it is when its task has moved on: it was retried or removed. @throws StaleClaimError */
  async complete(): Promise<void> {
    const outcome = await this.#settle(null);
    if (outcome.kind === 'stale' && outcome.currentToken !== null) throw this.#stale(outcome);
  }

  /** It is given again after a backoff; not for a `FatalError`, which acknowledges it, nor once its task has moved on. @throws StaleClaimError */
  async fail(error: unknown, { retry = !isTuskerError(error, 'FATAL') } = {}): Promise<'retrying' | 'failed'> {
    const outcome = await this.#settle(retry ? backoffDelay(DEFAULT_BACKOFF, this.attempt, Math.random()) : null);
    if (outcome.kind === 'stale' && outcome.currentToken !== null) throw this.#stale(outcome);
    return outcome.kind === 'again' ? 'retrying' : 'failed';
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

  get subject() {
    const { task, token } = this;
    return { namespace: this.#session.store.name, kind: 'claim', task, unit: null, token } as const;
  }

  /** Nothing that happens to its task concerns its holder. */
  protected watch(): () => void {
    return () => {};
  }
}
