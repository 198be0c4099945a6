import { ConnectionError, InvalidArgumentError, UnsupportedServerError } from '../../core/errors.js';
import { LONGEST_LOOK } from './claim-call.js';
import { wordOf } from './clients/failures.js';
import { refusalOf } from './refusals.js';
import type { Waiter } from './waiters.js';
import { PATIENCE } from './waiters.js';

/** A shard that has not answered for this time is silent, in ms. */
const SILENT = 3 * LONGEST_LOOK;

/** Whether one shard answers what it is asked. */
export class ShardHealth {
  /** Set when it refuses for good, until it answers. */
  #refusal: Error | undefined;
  /** Since when its line was asked without an answer. */
  #unanswered: number | undefined;
  /** What went wrong since its last answer. */
  #trouble: unknown;
  /** How many claims at once have waited for it for longer than is patient. */
  #late = 0;

  get refusal(): Error | undefined {
    return this.#refusal;
  }

  /** It answers in time. */
  get isWell(): boolean {
    if (this.#late > 0 || this.#trouble !== undefined) return false;
    return this.#unanswered === undefined || performance.now() - this.#unanswered < LONGEST_LOOK + PATIENCE;
  }

  /** Why a waiter got no answer here during its whole wait; undefined when it got one. */
  silence(waiter: Waiter): Error | undefined {
    if (this.#refusal) return this.#refusal;
    const since = this.#unanswered;
    const now = performance.now();
    if (since === undefined || since > waiter.since + PATIENCE || now - since < SILENT) return undefined;
    const ms = Math.round(now - since);
    const why = this.#trouble === undefined ? '' : ` ${wordOf(this.#trouble)}`;
    return new ConnectionError(`The server has not answered for ${ms} ms: whether tasks are ready is unknown.${why}`, {
      cause: this.#trouble,
    });
  }

  asked(): void {
    this.#unanswered ??= performance.now();
  }

  answered(): void {
    this.#unanswered = undefined;
    this.#trouble = undefined;
    this.#refusal = undefined;
  }

  /** Nobody asks its line any more. */
  rests(): void {
    this.#unanswered = undefined;
  }

  failed(error: unknown): void {
    this.#trouble = error;
    const refusal = refusalOf(error);
    if (typeof refusal === 'object') this.#refusal = refusal.error;
    else if (error instanceof UnsupportedServerError || error instanceof InvalidArgumentError) this.#refusal = error;
  }

  /** The answer takes longer than is patient; it is not well until that has come. */
  letsWait(answer: Promise<unknown>): void {
    this.#late++;
    const over = (): void => {
      this.#late--;
    };
    answer.then(over, over);
  }
}
