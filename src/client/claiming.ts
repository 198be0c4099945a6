import { CancelledError, StaleClaimError, StoppedError } from '../core/errors.js';
import { duration, optionsObject } from '../core/options.js';
import type { ClaimCall } from '../core/store.js';
import { abortSignal } from './abort-signal.js';
import { Claim } from './claim.js';
import { Ends } from './ends.js';
import { holderName } from './lock.js';
import { publishedClaim } from './publishing.js';
import type { Session } from './session.js';

export interface FetchOptions {
  /** How long to wait for a task, in ms. Default 0 for `fetchReleased`; `claims` waits without end. */
  readonly timeout?: number | undefined;
  /** How long the claim lives without renewal, in ms. Default that of the namespace, 30 000. Renewals are automatic. */
  readonly lease?: number | undefined;
  /** For people: who works on it. Default that of the tusker, `host:pid`; at most 200 characters. */
  readonly worker?: string | undefined;
  /** Ends the wait. Default none. */
  readonly signal?: AbortSignal | undefined;
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
    lease: given.lease === undefined ? session.defaults.lease : duration('options.lease', given.lease),
    worker: given.worker === undefined ? session.settings.holder : holderName(given.worker, 'options.worker'),
    signal: abortSignal('options.signal', given.signal),
  };
}

/**
 * Claims up to `count` tasks, waiting up to `timeout` ms for the first. They are nobody's yet: whoever gets them starts
 * each, reads its info, and settles it, whatever happens.
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
  // A claim that waits is granted shortly before its answer comes; one that does not, after it was asked for.
  const grantedAt = timeout === 0 ? askedAt : performance.now();
  const claims: Claim<Info, UnitResult, Result>[] = [];
  let error: Error | undefined;
  for (const outcome of outcomes) {
    if (outcome.kind === 'error') error = outcome.error;
    if (outcome.kind !== 'claimed') continue;
    claims.push(new Claim<Info, UnitResult, Result>(session, outcome, { lease, askedAt: grantedAt }));
  }
  // What was claimed beside an error is not to be lost: the error comes again with the next look.
  if (error && claims.length === 0) throw error;
  return claims;
}

/** The claim, ready to be handed out; undefined when it was not to be: it is settled then. */
async function ready<Info, UnitResult, Result>(
  claim: Claim<Info, UnitResult, Result>,
  ends: Ends,
): Promise<Claim<Info, UnitResult, Result> | undefined> {
  claim.start();
  try {
    await ends.orStopped(claim.readInfo());
  } catch (error) {
    await claim.fail(error).catch(unlessStale);
    return undefined;
  }
  if (!ends.isStopping) return claim;
  // The schema may still be at it: nobody waits for it.
  await claim.release(new StoppedError()).catch(unlessStale);
  return undefined;
}

/** One task, or null when none was released in time. @throws StoppedError, and the signal's reason */
export async function fetchReleased<Info, UnitResult, Result>(
  session: Session,
  options: CheckedFetch,
): Promise<Claim<Info, UnitResult, Result> | null> {
  const ends = new Ends(session, options.signal);
  const end = performance.now() + options.timeout;
  try {
    do {
      await ends.check();
      const left = Math.max(0, end - performance.now());
      const claim = await session.beforeStop(nextClaim<Info, UnitResult, Result>(session, options, left, ends));
      if (claim) return claim;
    } while (performance.now() < end);
    ends.throwIfAborted();
    return null;
  } finally {
    ends[Symbol.dispose]();
  }
}

async function nextClaim<Info, UnitResult, Result>(
  session: Session,
  options: CheckedFetch,
  timeout: number,
  ends: Ends,
): Promise<Claim<Info, UnitResult, Result> | undefined> {
  const [claim] = await claimMany<Info, UnitResult, Result>(session, 1, options, timeout, ends.signal);
  return claim && ready(claim, ends);
}

/** How long one look for a task waits, in ms. */
const LOOK = 10_000;

/** One task after the other until the signal aborts. A claim left unsettled is given back at the next step. */
export async function* claims<Info, UnitResult, Result>(
  session: Session,
  options: CheckedFetch,
): AsyncGenerator<Claim<Info, UnitResult, Result>, void, undefined> {
  const ends = new Ends(session, options.signal);
  try {
    while (!ends.signal.aborted) {
      const claim = await session.beforeStop(nextClaim<Info, UnitResult, Result>(session, options, LOOK, ends));
      if (!claim) continue;
      try {
        if (!ends.signal.aborted) yield claim;
      } finally {
        await giveBackUnsettled(claim);
      }
    }
  } finally {
    ends[Symbol.dispose]();
  }
}

async function giveBackUnsettled(claim: Claim): Promise<void> {
  if (claim.isSettled) return;
  await claim.giveBack().catch(unlessStale);
}

function unlessStale(error: unknown): void {
  if (!(error instanceof StaleClaimError || error instanceof CancelledError)) throw error;
}
