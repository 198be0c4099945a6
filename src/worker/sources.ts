/** What a worker works on: released tasks, or dead letters. */
import type { Claim } from '../client/claim.js';
import type { CheckedFetch } from '../client/claiming.js';
import { claimMany } from '../client/claiming.js';
import type { FailedTerms } from '../client/claiming-failed.js';
import { claimFailedMany } from '../client/claiming-failed.js';
import type { FailedClaim } from '../client/failed-claim.js';
import type { Lease } from '../client/lease.js';
import { publishedWork } from '../client/publishing.js';
import type { Session } from '../client/session.js';
import type { FailedContext, FailedHandler, WorkContext, WorkHandler } from './work.js';

/** What is leased to a worker, as an attempt settles it. */
export interface Workable extends Lease {
  readonly task: string;
  readonly token: number;
  readonly attempt: number;
  readInfo(): Promise<void>;
  complete(result: unknown): Promise<void>;
  fail(error: unknown, options?: { readonly retry?: boolean }): Promise<'retrying' | 'failed'>;
}

/** One of them, with what is to be done. */
export interface Work {
  readonly claim: Workable;
  /** What a handler throws is kept with the task, for whoever looks. */
  readonly keepsErrors: boolean;
  handle(): unknown;
}

export interface WorkSource {
  /** Up to `count` of them, waiting up to `wait` ms for the first one. */
  next(count: number, wait: number, signal: AbortSignal): Promise<Work[]>;
}

export function releasedTasks<Info, UnitResult, Result>(
  session: Session,
  handler: WorkHandler<Info, UnitResult, Result>,
  fetch: CheckedFetch,
): WorkSource {
  const workOn = (claim: Claim<Info, UnitResult, Result>): Work => {
    const { task, attempt, token, context } = claim;
    const message = { namespace: session.store.name, task, token, attempt, context };
    const handle = () => publishedWork('process', message, () => handler(contextOf(claim)));
    return { claim: claim as Claim as Workable, keepsErrors: true, handle };
  };
  return {
    next: async (count, wait, signal) =>
      (await claimMany<Info, UnitResult, Result>(session, count, fetch, wait, signal)).map(workOn),
  };
}

export function deadLetters<Info>(session: Session, handler: FailedHandler<Info>, terms: FailedTerms): WorkSource {
  const workOn = (claim: FailedClaim<Info>): Work => ({
    claim,
    keepsErrors: false,
    handle: () => handler(failedContextOf(claim)),
  });
  return {
    next: async (count, wait, signal) => (await claimFailedMany<Info>(session, count, terms, wait, signal)).map(workOn),
  };
}

/** The signal is made when it is asked for: one that is listened to costs calls of the store. */
function contextOf<Info, UnitResult, Result>(claim: Claim<Info, UnitResult, Result>): WorkContext<Info, UnitResult> {
  const { task, info, attempt, attempts, token, incomplete } = claim;
  return {
    task,
    info,
    attempt,
    attempts,
    token,
    incomplete,
    get signal() {
      return claim.signal;
    },
    results: (options) => claim.results(options),
    units: () => claim.units(),
  };
}

function failedContextOf<Info>(claim: FailedClaim<Info>): FailedContext<Info> {
  const { task, info, error, reason, errors, units, incomplete, attempt, token } = claim;
  return {
    task,
    info,
    error,
    reason,
    errors,
    units,
    incomplete,
    attempt,
    token,
    get signal() {
      return claim.signal;
    },
  };
}
