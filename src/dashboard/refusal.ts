import type { TuskerErrorCode } from '../index.js';
import { isTuskerError } from '../index.js';

/** A request that is not answered: a status, a stable code, and a sentence that says what to do. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** The errors of a store that a page can tell, with their status. */
const STATUS = {
  INVALID_ARGUMENT: 400,
  TASK_NOT_FOUND: 404,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_SERVER: 500,
  STORE_CORRUPT: 500,
  STORE_LOST: 500,
  BUSY: 503,
  CONNECTION: 503,
  SERVER_REFUSED: 503,
  STOPPED: 503,
  TIMEOUT: 504,
} as const satisfies Partial<Record<TuskerErrorCode, number>>;
const CODES = Object.keys(STATUS) as (keyof typeof STATUS)[];

/** Anything that was thrown, as a refusal. What is not tusker's own is not told to the browser. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  // By its code: the application may have another copy of the package.
  const code = CODES.find((candidate) => isTuskerError(error, candidate));
  if (code !== undefined && error instanceof Error) return new Refusal(STATUS[code], code, error.message);
  return new Refusal(500, 'UNEXPECTED', 'The dashboard failed at this; the log of its process may say more.');
}
