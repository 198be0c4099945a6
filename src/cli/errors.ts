import { constants } from 'node:os';
import { InvalidArgumentError, isTuskerError } from '../index.js';
import { EXIT, EXIT_OF } from './exit-codes.js';
import { oneLine } from './text.js';

/** The store cannot be reached now, and may come back. */
export function isStoreAway(error: unknown): error is Error & { readonly code: 'CONNECTION' | 'BUSY' } {
  return isTuskerError(error, 'CONNECTION') || isTuskerError(error, 'BUSY');
}

/** The command line itself is wrong: nothing was done. */
export class UsageError extends Error {
  readonly code = 'USAGE';
}

/** A signal ended the command before it had done what was asked. */
export class InterruptedError extends Error {
  readonly code = 'INTERRUPTED';
  constructor(readonly by: NodeJS.Signals) {
    super(`stopped by ${by}`);
  }
}

/** Nobody reads standard output any more. */
export class OutputClosedError extends Error {}

/** What shells say of a process that a signal ended. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** An error as the command line tells it. */
export interface ErrorReport {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  /** What else the error knows, such as `task`, `holder` and `retryAfter`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Anything that was thrown. */
export function reportOf(error: unknown): ErrorReport {
  if (!(error instanceof Error)) return report(EXIT.unexpected, 'UNEXPECTED', String(error));
  if (error instanceof UsageError) return report(EXIT.usage, error.code, error.message);
  if (error instanceof InterruptedError) return report(signalExitCode(error.by), error.code, error.message);
  if (isTuskerError(error)) {
    const { code, cause: _cause, ...fields } = { ...error };
    const message = error instanceof InvalidArgumentError ? inOptions(error.message) : error.message;
    return { ...report(EXIT_OF[error.code], error.code, message), fields };
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNEXPECTED';
  return report(EXIT.unexpected, code, error.message);
}

function report(exitCode: number, code: string, message: string): ErrorReport {
  return { exitCode, code, message: oneLine(message), fields: {} };
}

/** `options.unitGrace` of the library is `--unit-grace` here. */
function inOptions(message: string): string {
  return message.replace(
    /^options\.([a-z]+)([A-Z]?)/i,
    (whole) => `--${whole.slice('options.'.length).replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`,
  );
}
