import type { TuskerErrorCode } from './errors.js';

/** Per code the status of an HTTP answer, and what it says to somebody outside: nothing of hosts, holders or the store. */
export const HTTP: Readonly<Record<TuskerErrorCode, readonly [status: number, sentence: string]>> = {
  LOCK_HELD: [409, 'Somebody else works on this; try again later.'],
  UNIT_DONE: [200, 'This is done already.'],
  UNIT_FAILED: [422, 'This has failed too often; do not try again.'],
  TASK_RELEASED: [410, 'Too late: the task takes no more units.'],
  LOCK_LOST: [409, 'Another one has taken over.'],
  STALE_CLAIM: [409, 'Another one has taken over.'],
  TASK_NOT_FOUND: [404, 'No such task.'],
  TASK_FAILED: [424, 'The task has failed.'],
  INCOMPLETE_TASK: [424, 'The task lacks units.'],
  ITEMS_FAILED: [424, 'Some items have failed.'],
  ITEMS_DIFFER: [409, 'This was done with other items.'],
  INVALID_ARGUMENT: [400, 'An argument is not what it must be.'],
  PAYLOAD_TOO_LARGE: [413, 'This is too large.'],
  TIMEOUT: [504, 'It did not come in time; ask again.'],
  BUSY: [503, 'Not possible now; try again later.'],
  CONNECTION: [503, 'Not possible now; try again later.'],
  SERVER_REFUSED: [503, 'Not possible now; try again later.'],
  STOPPED: [503, 'Not possible now; try again later.'],
  CANCELLED: [409, 'The task was cancelled.'],
  FATAL: [422, 'This cannot be done; do not try again.'],
  UNSUPPORTED_SERVER: [500, 'The server failed at this.'],
  STORE_CORRUPT: [500, 'The server failed at this.'],
  STORE_LOST: [500, 'The server failed at this.'],
};

/** Of a code that a newer copy of the package made, 500. */
export function statusOf(code: TuskerErrorCode): number {
  return HTTP[code]?.[0] ?? 500;
}
