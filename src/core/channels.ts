/**
 * What tusker tells the process it runs in, by `node:diagnostics_channel`. Nothing is made, and nothing is sent, while
 * nobody subscribes.
 *
 * Each entry of `CHANNELS` names a `TracingChannel`: `start` comes before the call, `asyncEnd` with `result` or `error`
 * after it. Each entry of `NOTES` names a plain channel.
 *
 * @example
 * import { tracingChannel } from 'node:diagnostics_channel'
 * import { CHANNELS } from 'tusker'
 * tracingChannel(CHANNELS.lock).subscribe({ asyncEnd: ({ task, unit, result }) => log(task, unit, result?.kind) })
 */
import type { ClaimOutcome, Outcomes, SweepOutcome } from './store.js';

/** The names of the tracing channels: one for each verb, and two for the work that is done under a lock or a claim. */
export const CHANNELS = {
  open: 'tusker.open',
  lock: 'tusker.lock',
  unlock: 'tusker.unlock',
  fail: 'tusker.fail',
  extend: 'tusker.extend',
  'let-go': 'tusker.let-go',
  close: 'tusker.close',
  claim: 'tusker.claim',
  complete: 'tusker.complete',
  'fail-claim': 'tusker.fail-claim',
  'extend-claim': 'tusker.extend-claim',
  'give-back': 'tusker.give-back',
  retry: 'tusker.retry',
  release: 'tusker.release',
  cancel: 'tusker.cancel',
  remove: 'tusker.remove',
  redo: 'tusker.redo',
  'claim-failed': 'tusker.claim-failed',
  'settle-failed': 'tusker.settle-failed',
  'extend-failed': 'tusker.extend-failed',
  sweep: 'tusker.sweep',
  /** The function of `run` and `all`, under its lock. */
  run: 'tusker.run',
  /** The handler of a worker, under its claim. */
  process: 'tusker.process',
} as const;
export type ChannelName = keyof typeof CHANNELS;

/** The names of the plain channels. */
export const NOTES = {
  /** A lock or claim of this process ended. */
  leaseEnd: 'tusker.lease-end',
  /** The holder of a claim has read a page of units. */
  read: 'tusker.read',
} as const;

/** What every message of a tracing channel has. Times and durations are milliseconds. */
export interface ChannelMessage<Result = unknown> {
  readonly namespace: string;
  /** From `asyncEnd` on: what the store answered. Its `kind` is a word. */
  readonly result?: Result;
  /** From `error` on: why there was no answer. */
  readonly error?: unknown;
}
export interface TaskMessage<Result = unknown> extends ChannelMessage<Result> {
  readonly task: string;
}
export interface UnitMessage<Result = unknown> extends TaskMessage<Result> {
  readonly unit: string;
}
interface Fenced<Token = number> {
  /** The fencing token; of an `unlock` without one `null`. */
  readonly token: Token;
}
interface Carrying {
  /**
   * A subscriber to `start` may put a text of at most 1 KiB here, such as a trace context: it is stored, and comes back to
   * whoever reads the unit or claims the task. A longer one is left out.
   */
  context: string | null;
}
/** Runs the work inside something of its own: calls `work` once, at once, and returns what that returns. */
export type WorkWrapper = <T>(work: () => T) => T;
interface Wrapping {
  /** A subscriber to `start` may add to it; the last one is the innermost. */
  readonly wrappers: WorkWrapper[];
}

/** The message of each tracing channel. */
export interface ChannelMessages {
  open: TaskMessage<Outcomes['open']>;
  /** One try. A `lock` that waits makes several. */
  lock: UnitMessage<Outcomes['lock']> & { readonly ttl: number; readonly holder: string };
  unlock: UnitMessage<Outcomes['unlock']> & Fenced<number | null> & Carrying;
  /** A unit failed. */
  fail: UnitMessage<Outcomes['failUnit']> & Fenced & { readonly final: boolean };
  /** Renewals, too. */
  extend: UnitMessage<Outcomes['extendLock']> & Fenced & { readonly ttl: number };
  /** A lock that its holder gives up for others, without a failure. */
  'let-go': UnitMessage<Outcomes['letGo']> & Fenced;
  close: TaskMessage<Outcomes['close']> & Carrying;
  /** One look for up to `count` tasks, for up to `wait` ms. */
  claim: ChannelMessage<readonly ClaimOutcome[]> & {
    readonly count: number;
    readonly wait: number;
    readonly worker: string;
  };
  complete: TaskMessage<Outcomes['complete']> & Fenced;
  /** An attempt failed. */
  'fail-claim': TaskMessage<Outcomes['failClaim']> & Fenced;
  /** Renewals, too. */
  'extend-claim': TaskMessage<Outcomes['extendClaim']> & Fenced & { readonly lease: number };
  'give-back': TaskMessage<Outcomes['giveBack']> & Fenced;
  retry: TaskMessage<Outcomes['retry']>;
  release: TaskMessage<Outcomes['release']>;
  cancel: TaskMessage<Outcomes['cancel']>;
  remove: TaskMessage<Outcomes['remove']>;
  redo: UnitMessage<Outcomes['redo']>;
  /** A consumer of dead letters asks for one. */
  'claim-failed': TaskMessage<Outcomes['claimFailed']>;
  /** It is acknowledged, or to be given again. */
  'settle-failed': TaskMessage<Outcomes['settleFailed']> & Fenced;
  /** Renewals. */
  'extend-failed': TaskMessage<Outcomes['extendFailed']> & Fenced & { readonly lease: number };
  /** One step of a sweep, by a worker or by hand. */
  sweep: ChannelMessage<SweepOutcome>;
  /** `result` is what the function returned. */
  run: UnitMessage & Fenced & Wrapping;
  /** `result` is what the handler returned. */
  process: TaskMessage &
    Fenced &
    Wrapping & {
      /** 1 on the first. */
      readonly attempt: number;
      /** What the close carried. */
      readonly context: string | null;
    };
}

/** A lock or claim of this process ended. */
export interface LeaseEndMessage {
  readonly namespace: string;
  readonly kind: 'lock' | 'claim';
  readonly task: string;
  /** `null` for a claim. */
  readonly unit: string | null;
  readonly token: number;
  /** How long it was held, in ms of the monotonic clock of this process. */
  readonly held: number;
  /** Its holder was done with it, or it was lost. */
  readonly how: 'settled' | 'lost';
  /** Why it was lost; else `undefined`. */
  readonly reason: Error | undefined;
}

/** The holder of a claim has read a page of units. */
export interface ReadMessage {
  readonly namespace: string;
  readonly task: string;
  /** Of the claim. */
  readonly token: number;
  /** What the unlocks of these units carried, where they carried something, in no order. */
  readonly contexts: readonly string[];
}
