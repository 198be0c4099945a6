/** What a caller hears of a call that was not answered. */
import {
  ConnectionError,
  ServerRefusedError,
  StoppedError,
  TuskerError,
  UnsupportedServerError,
} from '../../core/errors.js';
import { wordOf } from './clients/failures.js';
import { CommandTimeout } from './connections.js';
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

/** What is known of a call when it is given up. */
export interface Known {
  /** The server, for people. */
  readonly who: string;
  /** What the server said at last, if it said anything. */
  readonly refusal: Refusal | undefined;
  /** A try went out, and its answer was lost. */
  readonly wasLost: boolean;
  readonly writes: boolean;
}

/** Of a call that is not tried again. A refusal says nothing of an earlier try that was lost: that one may have run. */
export function finalError(failure: unknown, known: Known): Error {
  const mayHaveRun = known.writes && known.wasLost;
  if (known.refusal === 'no-memory') return new NoMemory(failure, mayHaveRun ? lost(failure, known) : undefined);
  const error = errorOf(failure, known);
  return mayHaveRun && !(error instanceof StoppedError) ? lost(error, known) : error;
}

function errorOf(failure: unknown, { refusal, who }: Known): Error {
  if (typeof refusal === 'object') return refusal.error;
  if (refusal !== 'moved') return failure as Error;
  return new UnsupportedServerError(`${who} is part of a Cluster: give a Cluster client.`, { cause: failure });
}

function lost(cause: unknown, known: Known): ConnectionError {
  const what = 'Whether the call took effect is unknown: the answer of one try was lost, and the next was refused';
  return new ConnectionError(`${what}: ${reasonOf(cause, known)}`, { cause });
}

/** Of a call whose time is over. */
export function unanswered(cause: unknown, known: Known, ms: number): Error {
  return new ConnectionError(`${whatIsKnown(known, ms)}: ${reasonOf(cause, known)}`, { cause });
}

/** A read has no effect: of one nothing is said. */
function whatIsKnown({ refusal, wasLost, writes }: Known, ms: number): string {
  if (wasLost && writes) return `Whether the call took effect is unknown after ${ms} ms of tries`;
  if (wasLost) return `No answer in ${ms} ms of tries`;
  if (refusal) return `The server refused the call for ${ms} ms${writes ? '; nothing was written' : ''}`;
  return `The server could not be reached for ${ms} ms${writes ? '; nothing was sent' : ''}`;
}

/** The last word, and whose it is. */
function reasonOf(cause: unknown, { who }: Known): string {
  const isOurs = cause instanceof TuskerError || cause instanceof CommandTimeout;
  return isOurs ? cause.message : `${who}: ${wordOf(cause)}`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
