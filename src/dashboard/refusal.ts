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

/** The errors of a store that a page can tell. */
const TOLD = [
  'INVALID_ARGUMENT',
  'TASK_NOT_FOUND',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_SERVER',
  'STORE_CORRUPT',
  'STORE_LOST',
  'BUSY',
  'CONNECTION',
  'SERVER_REFUSED',
  'STOPPED',
  'TIMEOUT',
] as const satisfies readonly TuskerErrorCode[];

/** Anything that was thrown, as a refusal. What is not tusker's own is not told to the browser. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  // By its code: the application may have another copy of the package.
  for (const code of TOLD) if (isTuskerError(error, code)) return new Refusal(error.status, code, error.message);
  return new Refusal(500, 'UNEXPECTED', 'The dashboard failed at this; the log of its process may say more.');
}
