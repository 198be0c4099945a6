import { isTuskerError } from './errors.js';
import { isError } from './is-error.js';
import { isWellFormed, messageOf } from './json.js';

/** What the store keeps of an error that was thrown: for people, and for `TaskFailedError.errors`. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
}

const MAX_TEXT = 4000;

/** Anything that was thrown, as a record of bounded size. Never throws. */
export function errorRecord(error: unknown): ErrorRecord {
  try {
    if (!isError(error)) return { name: 'Error', message: text(messageOf(error)) };
    const { name, message, stack } = error;
    const code = 'code' in error && typeof error.code === 'string' ? { code: text(error.code) } : {};
    const trace = typeof stack === 'string' && !isTuskerError(error) ? { stack: text(stack) } : {};
    return { name: text(String(name)), message: text(String(message)), ...code, ...trace };
  } catch {
    return { name: 'Error', message: 'an error that cannot be shown' };
  }
}

function text(value: string): string {
  const short = value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
  return isWellFormed(short) ? short : Buffer.from(short).toString();
}
