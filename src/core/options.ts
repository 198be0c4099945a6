import { InvalidArgumentError } from './errors.js';
import { taskName, unitName } from './names.js';
import type { Backoff, TaskOptions } from './store.js';
import { MAX_EXPECT_NAMES } from './store.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** Every duration is at most this long. */
export const MAX_DURATION = 366 * DAY;
/** A record of a completed task is kept at least this long, so that late calls are answered. */
export const MIN_RETENTION = 5 * MINUTE;
/** How long the names and outcomes of a completed task's units are kept, and the stub of a removed one. */
export const UNIT_RETENTION = 5 * MINUTE;
export const FAILED_RETENTION = 7 * DAY;
/** What the due moment of an acknowledged dead letter is ahead by: it stands behind all others on their shelf. */
export const ACKNOWLEDGED = 2 ** 52;
export const MAX_DEAD_LETTERS = 10_000;
export const MAX_TOMBSTONES = 100_000;
export const MAX_EVENTS = 10_000;
/** After a retry waiting goes on at least this long. */
export const MIN_RETRY_GRACE = 60_000;
/** No call is sent again after so long. */
export const MAX_RETRY = 2 * MINUTE;
/** How long a claim's nonce is kept after the claim's end: longer than any repeat, also when the store's clock steps back. */
export const NONCE_RETENTION = MAX_RETRY + MINUTE;
/** Give-backs beyond this number spend an attempt. */
export const FREE_GIVE_BACKS = 100;
export const DEFAULT_MAX_PAYLOAD = 1_048_576;

export const DEFAULT_BACKOFF: Backoff = Object.freeze({ base: 1000, factor: 2, max: 5 * MINUTE, jitter: 0.5 });

export const DEFAULT_TASK_OPTIONS: TaskOptions = Object.freeze({
  attempts: 5,
  timeout: 15 * MINUTE,
  backoff: DEFAULT_BACKOFF,
  expect: null,
  deadline: null,
  unitGrace: MINUTE,
  unitAttempts: null,
  unitBackoff: null,
  incomplete: 'fail',
  worker: true,
  retention: HOUR,
});

export const DEFAULT_LOCK = Object.freeze({ ttl: MINUTE, maxHold: HOUR });
export const DEFAULT_LEASE = 30_000;
export const DEFAULT_IDLE_TIMEOUT = 24 * HOUR;

/** A duration in ms: a number from `min` (1) to 366 days. @throws InvalidArgumentError */
export function duration(argument: string, value: unknown, min = 1): number {
  if (typeof value !== 'number' || !(value >= min && value <= MAX_DURATION)) {
    throw new InvalidArgumentError(argument, value, `${min}–${MAX_DURATION} (milliseconds, at most 366 days)`);
  }
  return Math.ceil(value);
}

/** A whole number from `min` to `max`. @throws InvalidArgumentError */
export function wholeNumber(argument: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new InvalidArgumentError(argument, value, `a whole number from ${min} to ${max}`);
  }
  return value;
}

/** @throws InvalidArgumentError */
export function flag(argument: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new InvalidArgumentError(argument, value, 'true or false');
  return value;
}

/** @throws InvalidArgumentError */
export function oneOf<Word extends string>(argument: string, value: unknown, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw new InvalidArgumentError(argument, value, words.map((w) => `'${w}'`).join(' or '));
  return word;
}

/** The fencing token of a lock or claim. @throws InvalidArgumentError */
export function tokenNumber(argument: string, value: unknown): number {
  return wholeNumber(argument, value, 1, Number.MAX_SAFE_INTEGER);
}

/** A function, or none. @throws InvalidArgumentError */
export function callback(argument: string, value: unknown): (() => unknown) | undefined {
  if (value === undefined || typeof value === 'function') return value as (() => unknown) | undefined;
  throw new InvalidArgumentError(argument, value, 'a function');
}

/** An object of options; `undefined` counts as empty. Unknown names are refused. @throws InvalidArgumentError */
export function optionsObject<Name extends string>(
  argument: string,
  value: unknown,
  names: readonly Name[],
): Partial<Record<Name, unknown>> {
  if (value === undefined) return {};
  if (!isPlainObject(value)) throw new InvalidArgumentError(argument, value, 'an object of options');
  for (const key of Object.keys(value)) {
    if (!(names as readonly string[]).includes(key)) {
      throw new InvalidArgumentError(`${argument}.${key}`, (value as Record<string, unknown>)[key], names.join(', '));
    }
  }
  return value;
}

/** An object literal, of this realm or another: no array, Map, Date or other instance. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export const TASK_OPTION_NAMES = [
  'attempts',
  'timeout',
  'backoff',
  'expect',
  'deadline',
  'unitGrace',
  'unitAttempts',
  'unitBackoff',
  'incomplete',
  'worker',
  'retention',
] as const;

/** Checks the task options that were given; those left out (or `undefined`) stay out. @throws InvalidArgumentError */
export function givenTaskOptions(
  given: Partial<Record<(typeof TASK_OPTION_NAMES)[number], unknown>>,
  argument = 'options',
): Partial<TaskOptions> {
  const checked: { -readonly [Key in keyof TaskOptions]?: TaskOptions[Key] } = {};
  const at = (name: string): string => `${argument}.${name}`;
  if (given.attempts !== undefined) checked.attempts = wholeNumber(at('attempts'), given.attempts, 1, 1000);
  if (given.timeout !== undefined) checked.timeout = duration(at('timeout'), given.timeout);
  if (given.backoff !== undefined) checked.backoff = backoffOption(at('backoff'), given.backoff);
  if (given.expect !== undefined) checked.expect = expectOption(at('expect'), given.expect);
  if (given.deadline !== undefined) checked.deadline = duration(at('deadline'), given.deadline);
  if (given.unitGrace !== undefined) checked.unitGrace = duration(at('unitGrace'), given.unitGrace, 0);
  if (given.unitAttempts !== undefined) {
    checked.unitAttempts = wholeNumber(at('unitAttempts'), given.unitAttempts, 1, 1000);
  }
  if (given.unitBackoff !== undefined) checked.unitBackoff = backoffOption(at('unitBackoff'), given.unitBackoff);
  if (given.incomplete !== undefined) {
    checked.incomplete = oneOf(at('incomplete'), given.incomplete, ['fail', 'release'] as const);
  }
  if (given.worker !== undefined) checked.worker = flag(at('worker'), given.worker);
  if (given.retention !== undefined) checked.retention = duration(at('retention'), given.retention, MIN_RETENTION);
  return checked;
}

/** @throws InvalidArgumentError */
export function backoffOption(argument: string, value: unknown): Backoff {
  if (typeof value === 'number') {
    const delay = duration(argument, value, 0);
    return { base: delay, factor: 1, max: delay, jitter: 0 };
  }
  const given = optionsObject(argument, value, ['base', 'factor', 'max', 'jitter'] as const);
  const { base, factor, max, jitter } = { ...DEFAULT_BACKOFF, ...withoutUndefined(given) };
  return {
    base: duration(`${argument}.base`, base, 0),
    factor: between(`${argument}.factor`, factor, 1, 100),
    max: duration(`${argument}.max`, max, 0),
    jitter: between(`${argument}.jitter`, jitter, 0, 1),
  };
}

function between(argument: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new InvalidArgumentError(argument, value, `a number from ${min} to ${max}`);
  }
  return value;
}

function expectOption(argument: string, value: unknown): number | readonly string[] {
  if (typeof value === 'number') return wholeNumber(argument, value, 0, 1_000_000);
  if (!Array.isArray(value)) {
    throw new InvalidArgumentError(argument, value, `a count, or a list of at most ${MAX_EXPECT_NAMES} unit names`);
  }
  if (value.length > MAX_EXPECT_NAMES) {
    throw new InvalidArgumentError(argument, value, `at most ${MAX_EXPECT_NAMES} names; give a count instead`);
  }
  return [...new Set(value.map((name, index) => unitName(name, `${argument}[${index}]`)))];
}

function withoutUndefined(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/** A namespace: 1–512 bytes of well-formed text. @throws InvalidArgumentError */
export function namespaceName(value: unknown): string {
  return taskName(value, 'namespace');
}
