import { atWork } from '../client/own-work.js';
import {
  CancelledError,
  InvalidArgumentError,
  PayloadTooLargeError,
  StaleClaimError,
  StoppedError,
  TimeoutError,
} from '../core/errors.js';
import type { Work, Workable } from './sources.js';
import type { WorkerEvents } from './work.js';

/** Who is told what becomes of an attempt. None of it throws. */
export interface Told {
  readonly isStopping: boolean;
  tell<Name extends keyof WorkerEvents>(name: Name, ...event: WorkerEvents[Name]): void;
  /** Somebody listens. */
  hears(name: keyof WorkerEvents): boolean;
  report(error: unknown): void;
  /** Its claim was lost: its handler may go on, but for nothing. */
  lost(): void;
}

/** One claim from its grant to its end: it owns the claim, and settles it whatever happens. */
export class Attempt {
  /** The store has answered what became of it. */
  isSettled = false;
  #isRunning = false;
  #isToldStale = false;
  #givenBack: Promise<void> | undefined;

  constructor(
    private readonly work: Work,
    private readonly told: Told,
  ) {}

  get claim(): Workable {
    return this.work.claim;
  }

  /** Its claim went back to the queue, or should have. */
  get isGivenBack(): boolean {
    return this.#givenBack !== undefined;
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { claim, told } = this;
    const { task, attempt, token } = claim;
    claim.whenLost = (reason) => this.#wasLost(reason);
    claim.start();
    told.tell('claimed', { task, attempt, token });
    let result: unknown;
    try {
      await claim.readInfo();
      if (claim.lostTo) throw claim.lostTo;
      result = await this.#handle();
    } catch (error) {
      // Nobody holds it any more, and no handler was called.
      if (claim.isSettled && error instanceof StaleClaimError) return this.#notWritten(error);
      return await this.#failed(error);
    }
    try {
      await claim.complete(result);
      this.isSettled = true;
      told.tell('completed', { task, attempt, result });
    } catch (error) {
      if (claim.isSettled) this.#notWritten(error);
      else await this.#failed(error, isRefused(error) ? { retry: false } : {});
    }
  }

  async #handle(): Promise<unknown> {
    this.#isRunning = true;
    try {
      return await atWork(this.claim, () => this.work.handle());
    } finally {
      this.#isRunning = false;
    }
  }

  async #failed(error: unknown, options: { readonly retry?: boolean } = {}): Promise<void> {
    const { claim, told } = this;
    const { task, attempt } = claim;
    // The attempt is not spent by a stop.
    const isStop = claim.lostTo instanceof StoppedError || (told.isStopping && error instanceof StoppedError);
    if (isStop) return await this.giveBack();
    try {
      const outcome = await claim.fail(error, options);
      this.isSettled = true;
      told.tell('failed', { task, attempt, error, outcome });
      if (!this.work.keepsErrors && !told.hears('failed')) told.report(error);
    } catch (failure) {
      this.#notWritten(failure);
    }
  }

  /** Its claim is over, and the handler may not know: it is told by its signal if it listens, and who watches by an event. */
  #wasLost(reason: Error): void {
    if (reason instanceof StoppedError) return;
    this.isSettled = true;
    this.#tellStale();
    this.told.lost();
  }

  #notWritten(error: unknown): void {
    const isStale =
      error instanceof StaleClaimError || error instanceof CancelledError || error instanceof TimeoutError;
    this.isSettled ||= isStale;
    if (isStale) this.#tellStale();
    else if (!(error instanceof StoppedError && this.#givenBack)) this.told.report(error);
  }

  #tellStale(): void {
    if (this.#isToldStale) return;
    this.#isToldStale = true;
    const { task, attempt, token } = this.claim;
    this.told.tell('stale', { task, attempt, token, running: this.#isRunning });
  }

  /** Back to the queue, the attempt not spent; told once. Never rejects. */
  giveBack(): Promise<void> {
    this.#givenBack ??= this.#giveBack();
    return this.#givenBack;
  }

  async #giveBack(): Promise<void> {
    const { claim, told } = this;
    const { task, attempt } = claim;
    try {
      const isReleased = await claim.release(new StoppedError('This worker was stopped.'));
      if (!isReleased) return;
      this.isSettled = true;
      told.tell('given-back', { task, attempt });
    } catch (error) {
      this.#notWritten(error);
    }
  }
}

/** A result that is no JSON, too large, or not to its schema's mind: another attempt would merge it again for nothing. */
function isRefused(error: unknown): boolean {
  return error instanceof InvalidArgumentError || error instanceof PayloadTooLargeError;
}
