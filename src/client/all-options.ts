import { InvalidArgumentError } from '../core/errors.js';
import {
  backoffOption,
  callback,
  DAY,
  DEFAULT_BACKOFF,
  duration,
  flag,
  HOUR,
  MIN_RETENTION,
  oneOf,
  optionsObject,
  wholeNumber,
} from '../core/options.js';
import type { Backoff } from '../core/store.js';
import { abortSignal } from './abort-signal.js';
import type { LockOptions } from './lock.js';
import type { RunContext } from './locking.js';
import type { BackoffOptions } from './task-options.js';

/** What `onProgress` is told: one item came to its end, and how many did so far. */
export interface AllProgress {
  /** The place of the item among the items, from 0. */
  readonly index: number;
  /** The unit that stands for it. */
  readonly unit: string;
  readonly state: 'done' | 'failed';
  /** How many items are done, those of earlier runs and of other processes included. */
  readonly done: number;
  /** How many items failed. */
  readonly failed: number;
  /** How many items there are. */
  readonly total: number;
}

export interface AllOptions<Item = unknown> {
  /**
   * What an item is called, whatever else is in it: unique among the items. Default: its place and a hash of its JSON. An
   * item that is called as before is the same item, and done if it was.
   */
  readonly key?: ((item: Item, index: number) => string | number) | undefined;
  /** How many items at once in this process. Default 8; 1–10 000. */
  readonly concurrency?: number | undefined;
  /** How often an item is tried in one call before it has failed. Default 1; 1–1000. A `FatalError` is not tried again. */
  readonly attempts?: number | undefined;
  /** The wait between attempts: ms, or exponential with jitter. Default 1 s doubling up to 5 min, jitter ½. */
  readonly backoff?: number | BackoffOptions | undefined;
  /** Gives results and errors as `Promise.allSettled` does: items that fail keep no others from their work. Default false. */
  readonly settled?: boolean | undefined;
  /** Called for each item that came to its end. It is waited for; what it throws ends the call. Default none. */
  readonly onProgress?: ((progress: AllProgress) => unknown) | undefined;
  /**
   * When the task was closed with other items: `'throw'` an ItemsDifferError, or `'restart'` with these, as a task of its
   * own called `task~hash`. Default `'throw'`.
   */
  readonly whenItemsDiffer?: 'throw' | 'restart' | undefined;
  /**
   * How long the lock of an item lives without renewal, in ms: after a crash others wait so long for it. Default 5000, whatever
   * the namespace says. Longer than the work ever keeps the event loop from turning.
   */
  readonly ttl?: number | undefined;
  /** How long an item may take with all its attempts, in ms: then another process may begin it. Default that of the namespace, else 1 h. */
  readonly maxHold?: number | undefined;
  /** How long to wait for an item that another process works on, in ms. Default 1 h. */
  readonly wait?: number | undefined;
  /** How long the results are kept after the last item is done, in ms. Default that of the namespace, else 7 days; at least 5 min. */
  readonly retention?: number | undefined;
  /** Ends the call: the signals of items under way abort, and their locks are let go at once. Default none. */
  readonly signal?: AbortSignal | undefined;
}

/** What the function of `all` works with, beside its item. */
export interface AllContext extends RunContext {
  /** The place of the item among the items, from 0. */
  readonly index: number;
  /** 1 on the first. */
  readonly attempt: number;
}

export type AllWork<Item, Input> = (item: Item, context: AllContext) => Input | Promise<Input>;

/** The options of `all`, checked and complete. */
export interface AllTerms {
  readonly key: AllOptions['key'];
  readonly concurrency: number;
  readonly attempts: number;
  readonly backoff: Backoff;
  readonly settled: boolean;
  readonly onProgress: AllOptions['onProgress'];
  readonly whenItemsDiffer: 'throw' | 'restart';
  readonly lock: LockOptions;
  readonly wait: number;
  /** Undefined: that of the namespace, or `DEFAULT_RETENTION`. */
  readonly retention: number | undefined;
  readonly signal: AbortSignal | undefined;
}

const NAMES = [
  'key',
  'concurrency',
  'attempts',
  'backoff',
  'settled',
  'onProgress',
  'whenItemsDiffer',
  'ttl',
  'maxHold',
  'wait',
  'retention',
  'signal',
] as const;

/** A process that was killed holds up others for so long, in ms. */
const SHORT_TTL = 5000;
/** What was paid for is not done again within a week. */
export const DEFAULT_RETENTION = 7 * DAY;

/** @throws InvalidArgumentError */
export function checkAll(options: unknown): AllTerms {
  const given = optionsObject('options', options, NAMES);
  const { concurrency, attempts, backoff, settled, whenItemsDiffer, wait, retention } = given;
  const differ = ['throw', 'restart'] as const;
  return {
    key: callback('options.key', given.key) as AllOptions['key'],
    concurrency: concurrency === undefined ? 8 : wholeNumber('options.concurrency', concurrency, 1, 10_000),
    attempts: attempts === undefined ? 1 : wholeNumber('options.attempts', attempts, 1, 1000),
    backoff: backoff === undefined ? DEFAULT_BACKOFF : backoffOption('options.backoff', backoff),
    settled: settled !== undefined && flag('options.settled', settled),
    onProgress: callback('options.onProgress', given.onProgress),
    whenItemsDiffer:
      whenItemsDiffer === undefined ? 'throw' : oneOf('options.whenItemsDiffer', whenItemsDiffer, differ),
    lock: {
      // Without renewal work of more than a few seconds would be begun again and again.
      renew: true,
      ttl: given.ttl === undefined ? SHORT_TTL : duration('options.ttl', given.ttl),
      ...(given.maxHold !== undefined && { maxHold: duration('options.maxHold', given.maxHold) }),
    },
    wait: wait === undefined ? HOUR : duration('options.wait', wait, 0),
    retention: retention === undefined ? undefined : duration('options.retention', retention, MIN_RETENTION),
    signal: abortSignal('options.signal', given.signal),
  };
}

/** @throws InvalidArgumentError */
export function checkWork(work: unknown): void {
  if (typeof work !== 'function') throw new InvalidArgumentError('work', work, 'a function');
}
