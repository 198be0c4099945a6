import type { TuskerErrorCode } from '../index.js';

/** What a command ends with. Stable: scripts switch on it. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  nothing: 3,
  held: 4,
  late: 5,
  lost: 6,
  failed: 7,
  done: 8,
  store: 69,
} as const;

/** The exit code of each coded error. */
export const EXIT_OF: Readonly<Record<TuskerErrorCode, number>> = {
  INVALID_ARGUMENT: EXIT.usage,
  PAYLOAD_TOO_LARGE: EXIT.usage,
  TASK_NOT_FOUND: EXIT.nothing,
  TIMEOUT: EXIT.nothing,
  LOCK_HELD: EXIT.held,
  TASK_RELEASED: EXIT.late,
  LOCK_LOST: EXIT.lost,
  STALE_CLAIM: EXIT.lost,
  CANCELLED: EXIT.lost,
  TASK_FAILED: EXIT.failed,
  INCOMPLETE_TASK: EXIT.failed,
  ITEMS_FAILED: EXIT.failed,
  ITEMS_DIFFER: EXIT.failed,
  FATAL: EXIT.failed,
  UNIT_FAILED: EXIT.failed,
  UNIT_DONE: EXIT.done,
  CONNECTION: EXIT.store,
  UNSUPPORTED_SERVER: EXIT.store,
  SERVER_REFUSED: EXIT.store,
  STORE_CORRUPT: EXIT.store,
  STORE_LOST: EXIT.store,
  BUSY: EXIT.store,
  STOPPED: EXIT.unexpected,
};

/** The table as people read it. */
export const EXIT_TABLE: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done as asked (also: it was so already)'],
  ['1', 'unexpected: please report it; also a demo that does not hold'],
  ['2', 'a wrong command, option or value (USAGE, INVALID_ARGUMENT, PAYLOAD_TOO_LARGE)'],
  ['3', 'nothing there: no task, or not in time (TASK_NOT_FOUND, TIMEOUT)'],
  ['4', 'somebody else holds the unit (LOCK_HELD)'],
  ['5', 'too late, or not in the state for it (TASK_RELEASED)'],
  ['6', 'the lock or claim was lost (LOCK_LOST, STALE_CLAIM, CANCELLED)'],
  ['7', 'the task, the attempt or the unit failed (TASK_FAILED, INCOMPLETE_TASK, UNIT_FAILED)'],
  ['8', 'the unit is done already (UNIT_DONE)'],
  ['69', 'the store cannot be used (CONNECTION, UNSUPPORTED_SERVER, SERVER_REFUSED, STORE_CORRUPT, STORE_LOST, BUSY)'],
  ['128+n', 'ended by signal n (INTERRUPTED)'],
];
