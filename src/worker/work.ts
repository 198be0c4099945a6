import type { Unit } from '../client/results.js';
import type { ContactEvents } from '../core/contact.js';
import type { TaskFailedError, TroubledUnit } from '../core/errors.js';
import type { FailureReason } from '../core/states.js';
import type { Shortfall } from '../core/store.js';

/** What the handler of `work` gets: one attempt at one task. */
export interface WorkContext<Info = unknown, UnitResult = unknown> {
  readonly task: string;
  readonly info: Info;
  /** 1 on the first. */
  readonly attempt: number;
  readonly attempts: number;
  /** The fencing token. */
  readonly token: number;
  /** Which units are not done, and why; `null` when all are done. */
  readonly incomplete: Shortfall | null;
  /** Aborts when the claim is lost, the task is cancelled, or the worker has no more grace to stop. Listening begins when it is read. */
  readonly signal: AbortSignal;
  /** The unit results in natural order. @throws IncompleteTaskError unless complete or `{ partial: true }`; StaleClaimError */
  results(options?: { readonly partial?: boolean | undefined }): Promise<UnitResult[]>;
  /** The units in natural order, read in pages. @throws StaleClaimError */
  units(): AsyncGenerator<Unit<UnitResult>, void, undefined>;
}

/** Returns the result of the task, or throws: then another attempt follows, unless it was a `FatalError`. */
export type WorkHandler<Info = unknown, UnitResult = unknown, Result = unknown> = (
  context: WorkContext<Info, UnitResult>,
) => Result | Promise<Result>;

export interface WorkOptions {
  /** How many tasks at once. Default 1; 1–10 000. */
  readonly concurrency?: number | undefined;
  /** How long a claim lives without renewal, in ms. Default that of the namespace, 30 000; renewed at a third of it. */
  readonly lease?: number | undefined;
  /** For people: who works. Default that of the tusker, `host:pid`; at most 200 characters. */
  readonly worker?: string | undefined;
  /** How long running handlers may go on after `stop`, in ms. Default 5000; then their tasks are given back. */
  readonly stopGrace?: number | undefined;
}

/** What the handler of `workFailed` gets: one failed task, why it failed, and who tries to tell of it. */
export interface FailedContext<Info = unknown> {
  readonly task: string;
  readonly info: Info;
  /** Why it failed, in its message, and all of what follows, as `result()` would throw it. */
  readonly error: TaskFailedError;
  /** `'cancelled'` for a task that was cancelled. */
  readonly reason: FailureReason;
  /** What its attempts failed with: `{ name, message, … }`. */
  readonly errors: readonly unknown[];
  /** Units that failed or expired, at most ten. */
  readonly units: readonly TroubledUnit[];
  /** Which units are not done; `null` when all are done. */
  readonly incomplete: Shortfall | null;
  /** How often it was given since it failed: 1 on the first. */
  readonly attempt: number;
  /** The fencing token. */
  readonly token: number;
  /** Aborts when it may be given to others: the lease is lost, `timeout` is over, or the worker has no more grace to stop. */
  readonly signal: AbortSignal;
}

/** Returns, and the failure is acknowledged; or throws, and it is given again after a backoff, unless it was a `FatalError`. */
export type FailedHandler<Info = unknown> = (context: FailedContext<Info>) => unknown;

export interface FailedWorkOptions extends WorkOptions {
  /** How long a handler may take, in ms; then the failed task is given again. Default 15 min. */
  readonly timeout?: number | undefined;
}

/**
 * What a worker tells. `error` is for trouble with the store, told as soon as its server is lost, and for listeners that throw
 * or reject: work goes on by itself.
 */
export interface WorkerEvents {
  /** A task was claimed: its handler begins. */
  claimed: [event: { readonly task: string; readonly attempt: number; readonly token: number }];
  /** The result of a handler was stored, and the task is completed. */
  completed: [event: { readonly task: string; readonly attempt: number; readonly result: unknown }];
  /** A handler threw, or its result cannot be stored: `retrying` after a backoff, or `failed` for good. */
  failed: [
    event: {
      readonly task: string;
      readonly attempt: number;
      readonly error: unknown;
      readonly outcome: 'retrying' | 'failed';
    },
  ];
  /**
   * The claim has ended before the handler did: nothing of it is written. Told once, as soon as it is noticed. `running`:
   * the handler still runs, its signal has aborted, and its place serves other tasks.
   */
  stale: [
    event: { readonly task: string; readonly attempt: number; readonly token: number; readonly running: boolean },
  ];
  /** The task is in the queue again, its attempt unspent: the worker has no more grace to stop. */
  'given-back': [event: { readonly task: string; readonly attempt: number }];
  /** Trouble with the store, or a listener that threw or rejected. */
  error: [error: unknown];
  /** As `tusker.on` tells it: the worker goes on trying. */
  reconnecting: ContactEvents['reconnecting'];
  connected: ContactEvents['connected'];
}
