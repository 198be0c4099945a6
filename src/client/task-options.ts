import { duration, flag, givenTaskOptions, optionsObject, TASK_OPTION_NAMES } from '../core/options.js';
import type { Backoff, TaskOptions } from '../core/store.js';

/** What is left out is as in the default. */
export type BackoffOptions = { readonly [Part in keyof Backoff]?: Backoff[Part] | undefined };

/** How a task is processed. Durations are ms. What is left out is as the namespace says, and else the default. */
export interface ProcessingOptions {
  /** How often the merge is tried. Default 5; 1–1000. */
  readonly attempts?: number | undefined;
  /** The hard limit of one attempt. Default 15 min. */
  readonly timeout?: number | undefined;
  /** The wait between attempts: ms, or exponential with jitter. Default 1 s doubling up to 5 min, jitter ½. */
  readonly backoff?: number | BackoffOptions | undefined;
  /** How many units, or which, must be done (or failed for good): a count, or at most 1000 names. Default none. */
  readonly expect?: number | readonly (string | number)[] | undefined;
  /** How long after the close waiting ends. Default 24 h; 1 h with `expect`. */
  readonly deadline?: number | undefined;
  /** How long a failed or expired unit may be taken over after the close. Default 60 s. */
  readonly unitGrace?: number | undefined;
  /** How many locks of a unit may end failed or expired: then it has failed for good. Default no limit; 1–1000. */
  readonly unitAttempts?: number | undefined;
  /** How long a unit cannot be locked after a lock of it ended failed or expired: ms, or exponential as `backoff`. Default 0. */
  readonly unitBackoff?: number | BackoffOptions | undefined;
  /** What becomes of a task whose units are not all done when waiting ends. Default `'fail'`. */
  readonly incomplete?: 'fail' | 'release' | undefined;
  /** False: no merge; released means completed, and the unit results stay readable. Default true. */
  readonly worker?: boolean | undefined;
  /** How long the record of a completed task is kept. Default 1 h; at least 5 min. */
  readonly retention?: number | undefined;
}
export interface OpenOptions<Info> extends ProcessingOptions {
  /** What the worker is told of the task: JSON of at most `maxPayload` bytes. Default none. */
  readonly info?: Info | undefined;
  /** Closes by itself when no lock was held and nothing happened for this time, in ms. Default not. */
  readonly closeWhenIdle?: number | undefined;
  /** Closes by itself this time after the first open, in ms. Default not. */
  readonly closeAfter?: number | undefined;
}
export interface CloseOptions<Info> extends ProcessingOptions {
  /** What the worker is told of the task: JSON of at most `maxPayload` bytes. Default none. */
  readonly info?: Info | undefined;
  /** Changes info and options of a task that was closed before and is not released yet. Default false. */
  readonly replace?: boolean | undefined;
}

/** The options of `open`, checked; `info` is left to the caller. @throws InvalidArgumentError */
export function checkOpen(options: unknown) {
  const given = optionsObject('options', options, [
    ...TASK_OPTION_NAMES,
    'info',
    'closeWhenIdle',
    'closeAfter',
  ] as const);
  const { info, closeWhenIdle, closeAfter, ...rest } = given;
  return {
    info,
    options: givenTaskOptions(rest),
    closeWhenIdle: closeWhenIdle === undefined ? null : duration('options.closeWhenIdle', closeWhenIdle),
    closeAfter: closeAfter === undefined ? null : duration('options.closeAfter', closeAfter),
  };
}

/** The options of `close`, checked; `info` is left to the caller. @throws InvalidArgumentError */
export function checkClose(options: unknown): { info: unknown; options: Partial<TaskOptions>; replace: boolean } {
  const given = optionsObject('options', options, [...TASK_OPTION_NAMES, 'info', 'replace'] as const);
  const { info, replace, ...rest } = given;
  return {
    info,
    options: givenTaskOptions(rest),
    replace: replace !== undefined && flag('options.replace', replace),
  };
}
