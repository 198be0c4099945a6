import { CancelledError, StaleClaimError, StoppedError } from '../core/errors.js';
import { abortSignal, DEFAULT_LEASE, duration, optionsObject } from '../core/options.js';
import type { ClaimCall, ClaimedTask } from '../core/store.js';
import { Claim, failClaimCall } from './claim.js';
import { holderName } from './lock.js';
import { decodePayload } from './payload.js';
import { publishedClaim } from './publishing.js';
import type { Session } from './session.js';

export interface FetchOptions {
  /** How long to wait for a task, in ms. Default 0 for `fetchReleased`. */
  readonly timeout?: number;
  /** How long the claim lives without renewal, in ms. Default 30 000. Renewals are automatic. */
  readonly lease?: number;
  /** For people: who works on it. Default `host:pid`. */
  readonly worker?: string;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

export interface CheckedFetch {
  readonly timeout: number;
  readonly lease: number;
  readonly worker: string;
  readonly signal: AbortSignal | undefined;
}

export function checkFetch(session: Session, options: unknown): CheckedFetch {
  const given = optionsObject('options', options, ['timeout', 'lease', 'worker', 'signal'] as const);
  return {
    timeout: given.timeout === undefined ? 0 : duration('options.timeout', given.timeout, 0),
    lease: given.lease === undefined ? DEFAULT_LEASE : duration('options.lease', given.lease),
    worker: given.worker === undefined ? session.settings.holder : holderName(given.worker, 'options.worker'),
    signal: abortSignal('options.signal', given.signal),
  };
}

/**
 * Claims up to `count` tasks, waiting up to `timeout` ms for the first. A task whose info its schema refuses is a failed
 * attempt and not among them.
 */
export async function claimMany<Info, UnitResult, Result>(
  session: Session,
  count: number,
  { lease, worker }: Pick<CheckedFetch, 'lease' | 'worker'>,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<Claim<Info, UnitResult, Result>[]> {
  const calls = Array.from({ length: count }, (): ClaimCall => ({ nonce: session.nonce(), lease, worker }));
  const askedAt = performance.now();
  const outcomes = await publishedClaim(session.store, calls, timeout, signal);
  // The wait is over when the answer comes: the lease began at most so long ago.
  const grantedAt = timeout === 0 ? askedAt : performance.now();
  const claims: Claim<Info, UnitResult, Result>[] = [];
  let error: Error | undefined;
  for (const outcome of outcomes) {
    if (outcome.kind === 'error') error = outcome.error;
    if (outcome.kind !== 'claimed') continue;
    const claim = await readClaim<Info, UnitResult, Result>(session, outcome, lease, grantedAt);
    if (claim) claims.push(claim);
  }
  // What was claimed beside an error is not to be lost: the error comes again with the next look.
  if (error && claims.length === 0) throw error;
  return claims;
}

async function readClaim<Info, UnitResult, Result>(
  session: Session,
  claimed: ClaimedTask,
  lease: number,
  askedAt: number,
): Promise<Claim<Info, UnitResult, Result> | undefined> {
  let info: Info;
  try {
    info = (await decodePayload(session, 'info', claimed.info)) as Info;
  } catch (error) {
    await session.batcher.call(failClaimCall(claimed.task, claimed.token, error, {}));
    return undefined;
  }
  return new Claim<Info, UnitResult, Result>(session, claimed, info, { lease, askedAt });
}

/** One task, or null when none was released in time. @throws StoppedError, and the signal's reason */
export async function fetchReleased<Info, UnitResult, Result>(
  session: Session,
  options: CheckedFetch,
): Promise<Claim<Info, UnitResult, Result> | null> {
  const end = performance.now() + options.timeout;
  const signal = withStop(session, options.signal);
  do {
    options.signal?.throwIfAborted();
    if (signal.aborted) throw new StoppedError();
    const left = Math.max(0, end - performance.now());
    const [claim] = await claimMany<Info, UnitResult, Result>(session, 1, options, left, signal);
    if (claim) return claim;
  } while (performance.now() < end);
  return null;
}

function withStop(session: Session, signal: AbortSignal | undefined): AbortSignal {
  return signal ? AbortSignal.any([session.stopping.signal, signal]) : session.stopping.signal;
}

/** How long one look for a task waits, in ms. */
const LOOK = 10_000;

/** One task after the other until the signal aborts. A claim left unsettled is given back at the next step. */
export async function* claims<Info, UnitResult, Result>(
  session: Session,
  options: CheckedFetch,
): AsyncGenerator<Claim<Info, UnitResult, Result>, void, undefined> {
  const signal = withStop(session, options.signal);
  while (!signal.aborted) {
    const [claim] = await claimMany<Info, UnitResult, Result>(session, 1, options, LOOK, signal);
    if (!claim) continue;
    try {
      if (!signal.aborted) yield claim;
    } finally {
      await giveBackUnsettled(claim);
    }
  }
}

async function giveBackUnsettled(claim: Claim): Promise<void> {
  if (claim.isSettled) return;
  await claim.giveBack().catch((error: unknown) => {
    if (!(error instanceof StaleClaimError || error instanceof CancelledError)) throw error;
  });
}
