import { show } from '../core/errors.js';
import { duration, optionsObject } from '../core/options.js';
import type { Verb } from '../core/store.js';
import { LONGEST_TIMER } from '../core/timers.js';
import type { Lease } from './lease.js';

export interface StopOptions {
  /**
   * How long what is under way may go on, in ms: handlers, `run`s, locks and claims in hand. Default 5000, or the longest
   * `stopGrace` of its workers. Then their signals abort, locks are let go and claims are given back.
   */
  readonly grace?: number | undefined;
  /** When it is over at the latest, in ms, however the store is. Default 10 000 more than the grace. */
  readonly timeout?: number | undefined;
}

/** What `stop` could not tell the store in time. All lists are empty when it is well. */
export interface StopReport {
  /** May be held until they run out. */
  readonly locks: readonly {
    readonly namespace: string;
    readonly task: string;
    readonly unit: string;
    readonly token: number;
  }[];
  /** May be held until their lease is over: that is a failed attempt. */
  readonly claims: readonly { readonly namespace: string; readonly task: string; readonly token: number }[];
  /** Were not answered: whether they took effect is unknown. `verb` is null when a schema still had the payload. */
  readonly calls: readonly UnansweredCall[];
}

export interface UnansweredCall {
  readonly namespace: string;
  readonly verb: Verb | null;
  readonly task: string;
  readonly unit: string | null;
}

export const DEFAULT_GRACE = 5000;
const BEYOND_GRACE = 10_000;

/** After so long somebody wants to know what `stop` waits for, in ms. */
const SILENCE = 3000;
/** So many of the calls are named. */
const NAMED = 3;

/** Tells once, when an end takes long because the store does not answer, what is waited for. Disposed when it is over. */
export function tellWaiting(deadline: Deadline, waiting: () => readonly UnansweredCall[]): Disposable {
  const timer = setTimeout(() => {
    const calls = waiting();
    if (calls.length === 0) return;
    const some = calls.slice(0, NAMED).map(callText).join(', ');
    const more = calls.length > NAMED ? ` and ${calls.length - NAMED} more` : '';
    process.emitWarning(
      `stop() waits for the store to answer ${calls.length} call(s), at most ${Math.ceil(deadline.left / 1000)} s more: ${some}${more}.`,
      { code: 'TUSKER_STOP' },
    );
  }, SILENCE).unref();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

function callText({ verb, task, unit }: UnansweredCall): string {
  return `${verb ?? 'a call'} of ${unit === null ? '' : `unit ${show(unit)} of `}task ${show(task)}`;
}

/** @throws InvalidArgumentError */
export function checkStop(options: unknown): StopOptions {
  const { grace, timeout } = optionsObject('options', options, ['grace', 'timeout'] as const);
  return {
    ...(grace !== undefined && { grace: duration('options.grace', grace, 0) }),
    ...(timeout !== undefined && { timeout: duration('options.timeout', timeout, 0) }),
  };
}

/** One moment at which all parts of an end are over. Until then it keeps the process alive. */
export class Deadline implements Disposable {
  readonly #graceMs: number;
  readonly #end: number;
  readonly #over: Promise<void>;
  #isOver = (): void => {};
  readonly #timer: NodeJS.Timeout;

  constructor(grace: number, timeout = grace + BEYOND_GRACE) {
    this.#graceMs = grace;
    this.#end = performance.now() + timeout;
    this.#over = new Promise((resolve) => {
      this.#isOver = resolve;
    });
    this.#timer = setTimeout(this.#isOver, Math.min(timeout, LONGEST_TIMER));
  }

  /** How long something may go on from now, in ms. */
  get grace(): number {
    return Math.max(0, Math.min(this.#graceMs, this.#end - performance.now()));
  }

  /** How long all of it may take from now, in ms. */
  get left(): number {
    return Math.max(0, this.#end - performance.now());
  }

  /** Resolves when the work has ended, however, or the time is over. */
  async bound(...work: readonly Promise<unknown>[]): Promise<void> {
    await Promise.race([Promise.allSettled(work), this.#over]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#isOver();
  }
}

/** The end of a tusker or a worker, as it is waited for. */
export interface Ending {
  /** For who waits within the work that is waited for: all but such work has ended. */
  readonly others: Promise<void>;
  readonly all: Promise<void>;
  /** What the store was not told so far. */
  untold(): Iterable<Lease>;
}

/** A worker, as its tusker ends it. */
export interface Stoppable {
  /** How long its handlers may go on unless somebody says otherwise, in ms. */
  readonly grace: number;
  /** Begins the end, or looks again who waits for it. */
  ending(options: StopOptions): Ending;
}

/** Without those whose holders wait for the stop: they are at work, and the store will be told. */
export function exceptAtWork(untold: Iterable<Lease>): Lease[] {
  return [...untold].filter(({ awaitsStop }) => !awaitsStop);
}

/** What could not be told, by name. Of what is kept or given up its lock or claim tells. */
export function reportOf(untold: Iterable<Lease>, calls: readonly UnansweredCall[] = []): StopReport {
  const locks: StopReport['locks'][number][] = [];
  const claims: StopReport['claims'][number][] = [];
  for (const lease of new Set(untold)) {
    const { namespace, task, unit, token } = lease.subject;
    if (unit === null) claims.push({ namespace, task, token });
    else locks.push({ namespace, task, unit, token });
  }
  const isNamed = ({ verb, task, unit }: UnansweredCall): boolean => {
    if (verb === 'letGo') return locks.some((lock) => lock.task === task && lock.unit === unit);
    if (verb === 'giveBack' || verb === 'settleFailed') return claims.some((claim) => claim.task === task);
    return verb === 'extendLock' || verb === 'extendClaim' || verb === 'extendFailed';
  };
  return { locks, claims, calls: calls.filter((call) => !isNamed(call)) };
}
