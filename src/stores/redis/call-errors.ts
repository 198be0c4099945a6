/** What a caller hears of a call that was not answered. */
import { ConnectionError, ServerRefusedError, StoppedError, UnsupportedServerError } from '../../core/errors.js';
import type { Refusal } from './refusals.js';

/** Thrown by a call that found the memory of the server full: nothing ran. */
export class NoMemory extends ServerRefusedError {
  constructor(
    cause: unknown,
    /** Set when an earlier try was lost, which may have run. */
    readonly unknown?: ConnectionError,
  ) {
    super(
      "The server's memory is full (maxmemory): what would need more of it is refused, what ends something goes on.",
      {
        cause,
      },
    );
  }
}

/** Of a call that is not tried again. A refusal says nothing of an earlier try that was lost: that one may have run. */
export function finalError(failure: unknown, refusal: Refusal | undefined, mayHaveRun: boolean): Error {
  if (refusal === 'no-memory') return new NoMemory(failure, mayHaveRun ? lost(failure) : undefined);
  const error = errorOf(failure, refusal);
  return mayHaveRun && !(error instanceof StoppedError) ? lost(error) : error;
}

function errorOf(failure: unknown, refusal: Refusal | undefined): Error {
  if (typeof refusal === 'object') return refusal.error;
  if (refusal !== 'moved') return failure as Error;
  return new UnsupportedServerError('The server is part of a Cluster: give a Cluster client.', { cause: failure });
}

function lost(cause: unknown): ConnectionError {
  const what = 'Whether the call took effect is unknown: the answer of one try was lost, and the next was refused';
  return new ConnectionError(`${what}: ${messageOf(cause)}`, { cause });
}

/** Of a call whose time is over. */
export function unanswered(cause: unknown, refusal: Refusal | undefined, wasLost: boolean, ms: number): Error {
  return new ConnectionError(`${whatIsKnown(refusal, wasLost, ms)}: ${messageOf(cause)}`, { cause });
}

function whatIsKnown(refusal: Refusal | undefined, wasLost: boolean, ms: number): string {
  if (wasLost) return `Whether the call took effect is unknown after ${ms} ms of tries`;
  if (refusal) return `The server refused the call for ${ms} ms; nothing was written`;
  return `The server could not be reached for ${ms} ms; nothing was sent`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
