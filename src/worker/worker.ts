import { EventEmitter } from 'node:events';
import type { Claim } from '../client/claim.js';
import type { CheckedFetch } from '../client/claiming.js';
import { checkFetch, claimMany } from '../client/claiming.js';
import { publishedWork } from '../client/publishing.js';
import type { Unit } from '../client/results.js';
import type { Session } from '../client/session.js';
import { pause } from '../client/waiting.js';
import { CancelledError, InvalidArgumentError, StaleClaimError, StoppedError, TimeoutError } from '../core/errors.js';
import { duration, optionsObject, wholeNumber } from '../core/options.js';
import type { Shortfall } from '../core/store.js';
import { Sweeper } from './sweeper.js';

/** What the handler of `work` gets: one attempt at one task. */
export interface WorkContext<Info = unknown, UnitResult = unknown> {
  readonly task: string;
  readonly info: Info;
  /** 1 on the first. */
  readonly attempt: number;
  readonly attempts: number;
  /** The fencing token. */
  readonly token: number;
  /** What the units lack; `null` when all are done. */
  readonly incomplete: Shortfall | null;
  /** Aborts when the claim is lost, the task is cancelled, or the worker has no more grace to stop. Listening begins when it is read. */
  readonly signal: AbortSignal;
  /** The unit results in natural order. @throws IncompleteTaskError unless complete or `{ partial: true }`; StaleClaimError */
  results(options?: { readonly partial?: boolean }): Promise<UnitResult[]>;
  /** The units in natural order, read in pages. @throws StaleClaimError */
  units(): AsyncGenerator<Unit<UnitResult>, void, undefined>;
}

/** Returns the result of the task, or throws: then another attempt follows, unless it was a `FatalError`. */
export type WorkHandler<Info = unknown, UnitResult = unknown, Result = unknown> = (
  context: WorkContext<Info, UnitResult>,
) => Result | Promise<Result>;

export interface WorkOptions {
  /** How many tasks at once. Default 1. */
  readonly concurrency?: number;
  /** How long a claim lives without renewal, in ms. Default 30 000; renewed at a third of it. */
  readonly lease?: number;
  /** For people: who works. Default `host:pid`. */
  readonly worker?: string;
  /** How long running handlers may go on after `stop`, in ms. Default 5000; then their tasks are given back. */
  readonly stopGrace?: number;
}

/** What a worker tells. `error` is for trouble with the store: work goes on by itself. */
export interface WorkerEvents {
  claimed: [event: { readonly task: string; readonly attempt: number; readonly token: number }];
  completed: [event: { readonly task: string; readonly attempt: number; readonly result: unknown }];
  failed: [
    event: {
      readonly task: string;
      readonly attempt: number;
      readonly error: unknown;
      readonly outcome: 'retrying' | 'failed';
    },
  ];
  /** The claim had ended before the handler did: its outcome was not written. */
  stale: [event: { readonly task: string; readonly attempt: number; readonly token: number }];
  'given-back': [event: { readonly task: string; readonly attempt: number }];
  error: [error: unknown];
}

/** How long one look for tasks waits, in ms. */
const LOOK = 10_000;
const PAUSE_AFTER_ERROR = 500;

/** Works on released tasks until stopped; keeps the process alive meanwhile. Sweeps as it goes. */
export class Worker<Info = unknown, UnitResult = unknown, Result = unknown>
  extends EventEmitter<WorkerEvents>
  implements AsyncDisposable
{
  readonly #session: Session;
  readonly #handler: WorkHandler<Info, UnitResult, Result>;
  readonly #fetch: CheckedFetch;
  readonly #concurrency: number;
  readonly #stopGrace: number;
  readonly #running = new Map<Claim<Info, UnitResult, Result>, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #sweeper: Sweeper;
  readonly #loop: Promise<void>;
  #freed = (): void => {};
  #stopped: Promise<void> | undefined;

  /** @internal Made by `work`. */
  constructor(session: Session, handler: WorkHandler<Info, UnitResult, Result>, options: WorkOptions = {}) {
    super();
    if (typeof handler !== 'function') throw new InvalidArgumentError('handler', handler, 'a function');
    if (session.stopping.signal.aborted) throw new StoppedError();
    const names = ['concurrency', 'lease', 'worker', 'stopGrace'] as const;
    const { concurrency, stopGrace, ...fetch } = optionsObject('options', options, names);
    this.#session = session;
    this.#handler = handler;
    this.#fetch = checkFetch(session, fetch);
    this.#concurrency = concurrency === undefined ? 1 : wholeNumber('options.concurrency', concurrency, 1, 10_000);
    this.#stopGrace = stopGrace === undefined ? 5000 : duration('options.stopGrace', stopGrace, 0);
    session.stoppables.add(this);
    this.#sweeper = new Sweeper(session.store, (error) => this.#report(error));
    this.#loop = this.#work();
  }

  /** How many tasks are being worked on now. */
  get running(): number {
    return this.#running.size;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const free = this.#concurrency - this.#running.size;
      if (free === 0) {
        await new Promise<void>((resolve) => {
          this.#freed = resolve;
        });
        continue;
      }
      await this.#claim(Math.min(free, 64), signal);
    }
  }

  async #claim(count: number, signal: AbortSignal): Promise<void> {
    try {
      const claims = await claimMany<Info, UnitResult, Result>(this.#session, count, this.#fetch, LOOK, signal);
      for (const claim of claims) {
        if (signal.aborted) await this.#giveBack(claim);
        else this.#start(claim);
      }
    } catch (error) {
      this.#report(error);
      await pause(PAUSE_AFTER_ERROR, signal).catch(() => {});
    }
  }

  #start(claim: Claim<Info, UnitResult, Result>): void {
    const { task, attempt, token } = claim;
    this.emit('claimed', { task, attempt, token });
    const run = this.#process(claim)
      .catch((error: unknown) => this.#report(error))
      .finally(() => {
        this.#running.delete(claim);
        this.#freed();
      });
    this.#running.set(claim, run);
  }

  async #process(claim: Claim<Info, UnitResult, Result>): Promise<void> {
    const { task, attempt, token } = claim;
    let result: Result;
    try {
      const context = contextOf(claim);
      const message = { namespace: this.#session.store.name, task, token, attempt, context: claim.context };
      result = await publishedWork('process', message, () => this.#handler(context));
    } catch (error) {
      return this.#failed(claim, error);
    }
    try {
      await claim.complete(result);
      this.emit('completed', { task, attempt, result });
    } catch (error) {
      // A result that cannot be stored (no JSON, too large) fails the attempt.
      if (claim.isSettled) this.#lost(claim, error);
      else await this.#failed(claim, error);
    }
  }

  async #failed(claim: Claim<Info, UnitResult, Result>, error: unknown): Promise<void> {
    const { task, attempt } = claim;
    // `stop` gives it back.
    if (claim.lostTo instanceof StoppedError) return;
    try {
      const outcome = await claim.fail(error);
      this.emit('failed', { task, attempt, error, outcome });
    } catch (failure) {
      this.#lost(claim, failure);
    }
  }

  #lost({ task, attempt, token }: Claim, error: unknown): void {
    const isStale =
      error instanceof StaleClaimError || error instanceof CancelledError || error instanceof TimeoutError;
    if (isStale) this.emit('stale', { task, attempt, token });
    else this.#report(error);
  }

  async #giveBack(claim: Claim): Promise<void> {
    const { task, attempt } = claim;
    try {
      await claim.giveBack();
      this.emit('given-back', { task, attempt });
    } catch (error) {
      this.#lost(claim, error);
    }
  }

  /** Listeners decide what is done about trouble; without one it is not thrown, for work goes on. */
  #report(error: unknown): void {
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }

  /**
   * Takes no more tasks. Running handlers may finish within `stopGrace`; then their signals abort and their tasks are
   * given back at once, the attempt not spent. Safe to repeat.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new StoppedError('This worker was stopped.'));
    this.#freed();
    await this.#loop;
    await this.#finishWithin(this.#stopGrace);
    for (const claim of this.#running.keys()) {
      claim.abandon(new StoppedError('This worker was stopped.'));
      await this.#giveBack(claim);
    }
    await this.#sweeper.stop();
    this.#session.stoppables.delete(this);
  }

  async #finishWithin(ms: number): Promise<void> {
    if (this.#running.size === 0) return;
    const over = new AbortController();
    await Promise.race([Promise.all(this.#running.values()), pause(ms, over.signal).catch(() => {})]);
    over.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** The signal is made when it is asked for: one that is listened to costs calls of the store. */
function contextOf<Info, UnitResult, Result>(claim: Claim<Info, UnitResult, Result>): WorkContext<Info, UnitResult> {
  const { task, info, attempt, attempts, token, incomplete } = claim;
  return {
    task,
    info,
    attempt,
    attempts,
    token,
    incomplete,
    get signal() {
      return claim.signal;
    },
    results: (options) => claim.results(options),
    units: () => claim.units(),
  };
}
