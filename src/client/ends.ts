import { StoppedError } from '../core/errors.js';
import { nextTurn } from '../core/turns.js';
import type { Session } from './session.js';

/** What ends a wait: the stop of its tusker, or its caller's signal. Nothing is left behind when it is disposed. */
export class Ends implements Disposable {
  readonly #both = new AbortController();
  readonly #given: AbortSignal | undefined;
  readonly #stopping: AbortSignal;

  constructor({ stopping }: Session, given: AbortSignal | undefined) {
    this.#stopping = stopping.signal;
    this.#given = given;
    for (const end of [this.#stopping, given]) end?.addEventListener('abort', this.#abort);
    if (this.#stopping.aborted || given?.aborted) this.#abort();
  }

  /** Aborts when either does, with the reason of the first. */
  get signal(): AbortSignal {
    return this.#both.signal;
  }

  get isStopping(): boolean {
    return this.#stopping.aborted;
  }

  /** The same for who may ask again at once. @throws the signal's reason, StoppedError */
  async check(): Promise<void> {
    if (this.signal.aborted) await nextTurn();
    this.throwIfAborted();
  }

  /** @throws the signal's reason, StoppedError */
  throwIfAborted(): void {
    this.#given?.throwIfAborted();
    if (this.isStopping) throw new StoppedError();
  }

  /** Resolves or rejects as the promise does, or rejects with the reason when either aborts before that. */
  unlessAborted<Answer>(promise: Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { signal } = this;
      const abort = (): void => reject(signal.reason);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
  }

  /** Resolves or rejects as the promise does, or resolves when the tusker is stopped before that. */
  orStopped(promise: Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => this.#stopping.removeEventListener('abort', over);
      const over = (): void => {
        leave();
        resolve();
      };
      if (this.isStopping) over();
      else this.#stopping.addEventListener('abort', over);
      promise.then(over, (error: unknown) => {
        leave();
        reject(error);
      });
    });
  }

  readonly #abort = (): void => {
    this.#both.abort(this.#given?.aborted ? this.#given.reason : new StoppedError());
    this[Symbol.dispose]();
  };

  [Symbol.dispose](): void {
    for (const end of [this.#stopping, this.#given]) end?.removeEventListener('abort', this.#abort);
  }
}
