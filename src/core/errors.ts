import './node-version.js';
import { statusOf } from './http-status.js';
import { isError } from './is-error.js';
import type { FailureReason, TaskState, UnitState } from './states.js';

/** The errors by their stable codes, one per class. Codes never change meaning; switch on them, not on messages. */
export interface TuskerErrors {
  readonly LOCK_HELD: LockHeldError;
  readonly UNIT_DONE: UnitDoneError;
  readonly UNIT_FAILED: UnitFailedError;
  readonly TASK_RELEASED: TaskReleasedError;
  readonly LOCK_LOST: LockLostError;
  readonly STALE_CLAIM: StaleClaimError;
  readonly TASK_FAILED: TaskFailedError;
  readonly INCOMPLETE_TASK: IncompleteTaskError;
  readonly TASK_NOT_FOUND: TaskNotFoundError;
  readonly INVALID_ARGUMENT: InvalidArgumentError;
  readonly PAYLOAD_TOO_LARGE: PayloadTooLargeError;
  readonly BUSY: BusyError;
  readonly CONNECTION: ConnectionError;
  readonly TIMEOUT: TimeoutError;
  readonly UNSUPPORTED_SERVER: UnsupportedServerError;
  readonly SERVER_REFUSED: ServerRefusedError;
  readonly STORE_CORRUPT: StoreCorruptError;
  readonly STORE_LOST: StoreLostError;
  readonly STOPPED: StoppedError;
  readonly CANCELLED: CancelledError;
  readonly FATAL: FatalError;
  readonly ITEMS_FAILED: ItemsFailedError;
  readonly ITEMS_DIFFER: ItemsDifferError;
}

export type TuskerErrorCode = keyof TuskerErrors;

/** Known by it across copies of the package. */
const BRAND = Symbol.for('tusker.error');

/** The base of every error that tusker throws on purpose. */
export abstract class TuskerError extends Error {
  /** @internal */
  get [BRAND](): true {
    return true;
  }
  abstract readonly code: TuskerErrorCode;
  /** The status of an HTTP answer that tells of it; `httpAnswer` makes the whole answer. */
  get status(): number {
    return statusOf(this.code);
  }
  override get name(): string {
    return this.constructor.name;
  }
}

/**
 * Tells whether `error` is tusker's, and with a `code` whether it is that one: TypeScript then knows its fields. Without
 * one, `switch (error.code)` tells them apart. Works across copies of the package.
 *
 * @example
 * try { await songs.lock(id, n) } catch (error) { if (isTuskerError(error, 'LOCK_HELD')) return error.retryAfter }
 */
export function isTuskerError<Code extends TuskerErrorCode = TuskerErrorCode>(
  error: unknown,
  code?: Code,
): error is TuskerErrors[Code] {
  try {
    if (!isError(error) || !(BRAND in error) || !('code' in error)) return false;
    return code === undefined || error.code === code;
  } catch {
    // A proxy that throws is none of ours.
    return false;
  }
}

/** Somebody else holds the unit. Try again after `retryAfter` ms, or skip it. */
export class LockHeldError extends TuskerError {
  readonly code = 'LOCK_HELD';
  constructor(
    readonly task: string,
    readonly unit: string,
    /** For people only: `host:pid` unless the holder named itself. Empty while the unit waits for its backoff. */
    readonly holder: string,
    /** Milliseconds until the lock runs out unless it is renewed. */
    readonly retryAfter: number,
  ) {
    super(
      holder === ''
        ? `Unit ${show(unit)} of task ${show(task)} failed before; it can be locked after its backoff, in ${retryAfter} ms.`
        : `Unit ${show(unit)} of task ${show(task)} is locked by ${show(holder)}; it runs out in ${retryAfter} ms.`,
    );
  }
}

/** The unit is done already; `result` is what it was unlocked with. Nothing to do. */
export class UnitDoneError extends TuskerError {
  readonly code = 'UNIT_DONE';
  constructor(
    readonly task: string,
    readonly unit: string,
    readonly result: unknown,
  ) {
    super(`Unit ${show(unit)} of task ${show(task)} is done already; skip the work.`);
  }
}

/**
 * The unit has failed for good: as many of its locks as the task gives it (`unitAttempts`) ended failed or expired. It can be
 * locked again once its task was retried.
 */
export class UnitFailedError extends TuskerError {
  readonly code = 'UNIT_FAILED';
  constructor(
    readonly task: string,
    readonly unit: string,
    /** What it failed with last, as it was stored: `{ name, message, … }` of an Error. */
    readonly error: unknown,
  ) {
    super(
      `Unit ${show(unit)} of task ${show(task)} has failed for good: its attempts are spent. Retry the task once it has failed.`,
    );
  }
}

/**
 * The task takes no more units: it was released, ended, or is past its deadline. With `unitState: 'done'` this unit was part of
 * it, and there is nothing to do.
 */
export class TaskReleasedError extends TuskerError {
  readonly code = 'TASK_RELEASED';
  constructor(
    readonly task: string,
    readonly state: TaskState,
    readonly unit?: string,
    /** What the unit was, while its name is kept: 5 min after the completion. Else, or when it is not known, null. */
    readonly unitState: UnitState | null = null,
  ) {
    super(
      unitState === 'done'
        ? `Unit ${show(unit)} of task ${show(task)} is done: it was part of the task, which is ${state}; skip the work.`
        : `Task ${show(task)} is ${state} and takes no more units; ${state === 'failed' ? 'retry it first, or drop this one' : 'drop this one'}.`,
    );
  }

  /** That of a unit that is done, where it was part of the task. */
  override get status(): number {
    return statusOf(this.unitState === 'done' ? 'UNIT_DONE' : this.code);
  }
}

/** The lock had ended before this call: it ran out, was ended, or never was. The call changed nothing. */
export class LockLostError extends TuskerError {
  readonly code = 'LOCK_LOST';
  constructor(
    readonly task: string,
    readonly unit: string,
    readonly token: number | null,
    /** The result that could not be stored, so that the work need not be lost. */
    readonly result?: unknown,
  ) {
    super(`The lock on unit ${show(unit)} of task ${show(task)} was lost; nothing was written.`);
  }
}

/** The claim had ended before this call: another attempt may be under way. The call changed nothing. */
export class StaleClaimError extends TuskerError {
  readonly code = 'STALE_CLAIM';
  constructor(
    readonly task: string,
    readonly token: number,
    readonly currentToken: number | null = null,
  ) {
    super(`The claim on task ${show(task)} with token ${token} has ended; nothing was written.`);
  }
}

/** A unit that failed or ran out, as an error of its task tells of it. */
export interface TroubledUnit {
  readonly unit: string;
  readonly state: 'failed' | 'expired';
  /** What it failed with, as it was stored: `{ name, message, … }` of an Error. Null for one that ran out. */
  readonly error: unknown;
}

/**
 * The task ended in `failed`; `reason` says why, `errors` holds the last error of each attempt, `units` ten of the units that
 * failed or ran out.
 */
export class TaskFailedError extends TuskerError {
  readonly code = 'TASK_FAILED';
  constructor(
    readonly task: string,
    readonly reason: FailureReason,
    readonly errors: readonly unknown[] = [],
    detail = '',
    readonly units: readonly TroubledUnit[] = [],
  ) {
    super(`Task ${show(task)} failed (${reason})${detail === '' ? '' : `: ${detail}`}; tusker.retry() returns it.`);
  }
}

/** Units are missing, failed or expired; ask with `{ partial: true }` for what is there. */
export class IncompleteTaskError extends TuskerError {
  readonly code = 'INCOMPLETE_TASK';
  constructor(
    readonly task: string,
    readonly missing: number,
    /** The first 100 names of units that are not done. */
    readonly names: readonly string[],
    detail = '',
    /** Ten of them that failed or ran out. */
    readonly units: readonly TroubledUnit[] = [],
  ) {
    const some = names.slice(0, 5).map(show).join(', ');
    const which = some === '' ? '' : `: ${some}${names.length > 5 ? ', …' : ''}`;
    super(`Task ${show(task)} lacks ${missing} unit(s)${which}${detail === '' ? '' : ` (${detail})`}.`);
  }
}

/** No task of that name is known, or it ended so long ago that its record is gone. */
export class TaskNotFoundError extends TuskerError {
  readonly code = 'TASK_NOT_FOUND';
  constructor(readonly task: string) {
    super(`Task ${show(task)} is not known: it never was, or its retention is over.`);
  }
}

/** An argument or option is not what it must be. Nothing was sent to the store. */
export class InvalidArgumentError extends TuskerError {
  readonly code = 'INVALID_ARGUMENT';
  constructor(
    /** The argument by name, such as `task` or `options.attempts`. */
    readonly argument: string,
    readonly value: unknown,
    /** What would be accepted, in words. */
    readonly allowed: string,
    options?: ErrorOptions,
  ) {
    super(`${argument} is ${show(value)}; allowed: ${allowed}.`, options);
  }
}

/** A payload (info, result or error) has more bytes than `maxPayload`. Store the bytes elsewhere, pass the key. */
export class PayloadTooLargeError extends TuskerError {
  readonly code = 'PAYLOAD_TOO_LARGE';
  constructor(
    readonly argument: string,
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(`${argument} has ${bytes} bytes of JSON; allowed: at most ${limit}. Store it elsewhere and pass its key.`);
  }
}

/** The queue in front of the store is full; slow down and try again. Nothing was sent. */
export class BusyError extends TuskerError {
  readonly code = 'BUSY';
  constructor(
    readonly waiting: number,
    options?: ErrorOptions,
  ) {
    super(`${waiting} calls wait for the store already; slow down and try again.`, options);
  }
}

/**
 * The store could not be reached or did not answer in time. The message names it and its last word; of a write it says whether
 * it is known to have had no effect.
 */
export class ConnectionError extends TuskerError {
  readonly code = 'CONNECTION';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** What was waited for did not come in time. */
export class TimeoutError extends TuskerError {
  readonly code = 'TIMEOUT';
  constructor(
    readonly what: string,
    readonly timeout: number,
  ) {
    super(`${what} did not come within ${timeout} ms.`);
  }
}

/** The store's engine or its configuration cannot keep the promises; the message names what to change. */
export class UnsupportedServerError extends TuskerError {
  readonly code = 'UNSUPPORTED_SERVER';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * The server takes no writes now: its memory is full, its disk fails, or too few replicas follow. Nothing was written;
 * the message names what to change.
 */
export class ServerRefusedError extends TuskerError {
  readonly code = 'SERVER_REFUSED';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** A record in the store cannot be read; `key` says which. Its neighbours are not touched. */
export class StoreCorruptError extends TuskerError {
  readonly code = 'STORE_CORRUPT';
  constructor(
    readonly key: string,
    options?: ErrorOptions,
    text = `The record ${show(key)} cannot be read; inspect or delete it by hand.`,
  ) {
    super(text, options);
  }
}

/**
 * This process can use the file of its SQLite store no more: it was removed or replaced, or the process opened and closed
 * it by itself (as a copy does), which drops SQLite's locks on it. The message says which. Restart the process.
 */
export class StoreLostError extends TuskerError {
  readonly code = 'STORE_LOST';
  constructor(
    /** The file of the store. */
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

/** The client was stopped; make a new one. */
export class StoppedError extends TuskerError {
  readonly code = 'STOPPED';
  constructor(message = 'This tusker was stopped.') {
    super(message);
  }
}

/** The task was cancelled while this lock or claim was held: the reason of an aborted `signal`. */
export class CancelledError extends TuskerError {
  readonly code = 'CANCELLED';
  constructor(
    readonly task: string,
    readonly reason: string,
  ) {
    super(`Task ${show(task)} was cancelled${reason === '' ? '' : `: ${reason}`}.`);
  }
}

/**
 * Throw it in `run` or in a worker to say that trying again is of no use: the unit fails for good, or the task goes
 * to `failed` without spending its other attempts.
 */
export class FatalError extends TuskerError {
  readonly code = 'FATAL';
  constructor(message = 'Not to be tried again.', options?: ErrorOptions) {
    super(message, options);
  }
}

/** An item of `all()` that failed. */
export interface FailedItem {
  /** Its place among the items, from 0. */
  readonly index: number;
  /** The unit that stands for it. */
  readonly unit: string;
  /** What its last attempt threw. */
  readonly error: unknown;
}

/**
 * Items of `all()` failed; `failures` says which and why, and `cause` is an AggregateError of what they threw. The results of
 * the others are kept: the same call again works on what is not done.
 */
export class ItemsFailedError extends TuskerError {
  readonly code = 'ITEMS_FAILED';
  constructor(
    readonly task: string,
    /** In the order of the items. */
    readonly failures: readonly FailedItem[],
    /** How many items are done. */
    readonly done: number,
    readonly total: number,
    detail = '',
  ) {
    const errors = failures.map(({ error }) => error);
    super(
      `${failures.length} of ${total} item(s) of task ${show(task)} failed, ${done} are done${detail === '' ? '' : `: ${detail}`}.`,
      { cause: new AggregateError(errors, `${errors.length} item(s) failed`) },
    );
  }
}

/** The task of `all()` is closed, and its items were other ones. Nothing was worked on. */
export class ItemsDifferError extends TuskerError {
  readonly code = 'ITEMS_DIFFER';
  constructor(
    readonly task: string,
    /** The first 100 units of the given items that the closed task does not have. Empty where its names are not known. */
    readonly added: readonly string[],
    /** The first 100 units of the closed task that none of the given items stands for. Empty where its names are not known. */
    readonly removed: readonly string[],
    detail: string,
  ) {
    super(
      `Task ${show(task)} was closed with other items: ${detail}. Give these another task, or { whenItemsDiffer: 'restart' }.`,
    );
  }
}

/** A value in a message: short, on one line, never throwing, whatever it is. */
export function show(value: unknown): string {
  let text: string;
  try {
    if (typeof value === 'string') text = JSON.stringify(value);
    else if (typeof value === 'bigint') text = `${value}n`;
    else if (typeof value === 'function') text = `a function`;
    else if (typeof value === 'object' && value !== null) text = describeObject(value);
    else text = String(value);
  } catch {
    text = 'a value that cannot be shown';
  }
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return 'an object';
  const name: unknown = (prototype as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? `a ${name}` : 'an object';
}
