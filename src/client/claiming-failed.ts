import { isTuskerError, StoppedError } from '../core/errors.js';
import { DEFAULT_TASK_OPTIONS, duration, optionsObject } from '../core/options.js';
import { Changes } from './changes.js';
import type { CheckedFetch, FetchOptions } from './claiming.js';
import { checkFetch } from './claiming.js';
import { Ends } from './ends.js';
import { FailedClaim } from './failed-claim.js';
import type { Session } from './session.js';
import { pause } from './waiting.js';

/** How long until the next look at most, in ms: news may be late or missing, and a letter that is given back is no news. */
const LOOK_AGAIN = 1000;
/** Between two looks, in ms: of many failures at once the first look hears. */
const REST = 10;
/** How much longer than the first dead letter another one is waited for, in ms. */
const PATIENCE = 100;
/** How many dead letters are listed at once: other consumers are at the first of them. */
const LISTED = 64;

export interface FailedTerms {
  readonly lease: number;
  readonly worker: string;
  /** How long it may be held, renewals included. */
  readonly maxHold: number;
}

export interface FetchFailedOptions extends FetchOptions {
  /** How long it may be held, renewals included, in ms; then it is given again. Default 15 min. */
  readonly maxHold?: number | undefined;
}

/** One failed task, or null when there was none in time. @throws StoppedError, the signal's reason, InvalidArgumentError */
export async function fetchFailed<Info>(session: Session, options: unknown): Promise<FailedClaim<Info> | null> {
  const names = ['timeout', 'lease', 'worker', 'signal', 'maxHold'] as const;
  const { maxHold, ...rest } = optionsObject('options', options, names);
  const fetch = checkFetch(session, rest);
  const ms = maxHold === undefined ? DEFAULT_TASK_OPTIONS.timeout : duration('options.maxHold', maxHold);
  const ends = new Ends(session, fetch.signal);
  try {
    return await nextFailed<Info>(session, { ...fetch, maxHold: ms }, ends);
  } finally {
    ends[Symbol.dispose]();
  }
}

async function nextFailed<Info>(
  session: Session,
  fetch: CheckedFetch & FailedTerms,
  ends: Ends,
): Promise<FailedClaim<Info> | null> {
  const end = performance.now() + fetch.timeout;
  do {
    await ends.check();
    const left = Math.max(0, end - performance.now());
    const looking = claimFailedMany<Info>(session, 1, fetch, left, ends.signal);
    const claim = await session.beforeStop(looking.then(([first]) => first && ready(first, ends)));
    if (claim) return claim;
  } while (performance.now() < end);
  ends.throwIfAborted();
  return null;
}

/** The claim, ready to be handed out; undefined when it was not to be: it is settled then. @throws what its schema says */
async function ready<Info>(claim: FailedClaim<Info>, ends: Ends): Promise<FailedClaim<Info> | undefined> {
  claim.start();
  try {
    await ends.orStopped(claim.readInfo());
  } catch (error) {
    // It has moved on, or another consumer has it.
    if (isTuskerError(error, 'STALE_CLAIM')) return undefined;
    await claim.fail(error).catch(unlessStale);
    throw error;
  }
  if (!ends.isStopping) return claim;
  await claim.release(new StoppedError()).catch(unlessStale);
  return undefined;
}

function unlessStale(error: unknown): void {
  if (!isTuskerError(error, 'STALE_CLAIM')) throw error;
}

/** Up to `count` dead letters, waiting up to `wait` ms for the first one. Whoever gets them settles each, whatever happens. */
export async function claimFailedMany<Info>(
  session: Session,
  count: number,
  terms: FailedTerms,
  wait: number,
  signal: AbortSignal,
): Promise<FailedClaim<Info>[]> {
  const end = performance.now() + wait;
  // Before the first look: what fails behind it is heard.
  const failures = wait > 0 ? new Failures(session, signal) : undefined;
  try {
    while (!signal.aborted) {
      const { claims, nextIn } = await look<Info>(session, count, terms, signal);
      const left = end - performance.now();
      if (claims.length > 0 || left <= 0 || !failures) return claims;
      await failures.next(Math.min(left, nextIn ?? LOOK_AGAIN, LOOK_AGAIN * (0.75 + Math.random() * 0.25)));
    }
    return [];
  } finally {
    failures?.close();
  }
}

/** News that a task has failed. */
class Failures {
  readonly #changes = new Changes();
  readonly #unwatch: () => void;
  #isNews = false;

  constructor(
    session: Session,
    private readonly signal: AbortSignal,
  ) {
    this.#unwatch = session.follower.watchFailures(() => {
      this.#isNews = true;
      this.#changes.tell();
    });
    signal.addEventListener('abort', this.#tell);
  }

  readonly #tell = (): void => this.#changes.tell();

  /** Resolves when there is news since the last time, after `ms`, or when the signal aborts. Keeps the process alive. */
  async next(ms: number): Promise<void> {
    await pause(Math.max(1, Math.min(ms, REST)), this.signal).catch(() => {});
    await this.#changes.until(() => this.#isNews || this.signal.aborted, Math.max(1, ms - REST));
    this.#isNews = false;
  }

  close(): void {
    this.#unwatch();
    this.signal.removeEventListener('abort', this.#tell);
  }
}

async function look<Info>(session: Session, count: number, terms: FailedTerms, signal: AbortSignal) {
  try {
    const { tasks, nextIn } = await session.store.failedTasks(LISTED);
    return { claims: await claimOf<Info>(session, tasks, count, terms, signal), nextIn };
  } catch (error) {
    // Whoever stops has no use for it.
    if (signal.aborted) return { claims: [], nextIn: null };
    throw error;
  }
}

/** Of these as many as there are, in their order; what another consumer has got meanwhile is passed over. */
async function claimOf<Info>(
  session: Session,
  tasks: readonly string[],
  count: number,
  terms: FailedTerms,
  signal: AbortSignal,
): Promise<FailedClaim<Info>[]> {
  const claims: FailedClaim<Info>[] = [];
  let failure: { readonly reason: unknown } | undefined;
  for (let at = 0; at < tasks.length && claims.length < count && !failure && !signal.aborted; ) {
    const page = tasks.slice(at, at + count - claims.length);
    at += page.length;
    const got = await promptly(page.map((task) => claimOne<Info>(session, task, terms)));
    claims.push(...got.claims);
    failure = got.failure;
    // Somebody is to have it soon, and it is not renewed before.
    if (got.isPart) break;
  }
  // What was claimed beside an error is not to be lost: the error comes again with the next look.
  if (failure && claims.length === 0) throw failure.reason;
  return claims;
}

interface Got<Info> {
  readonly claims: FailedClaim<Info>[];
  readonly failure: { readonly reason: unknown } | undefined;
  /** Some have not answered. */
  readonly isPart: boolean;
}

/** What all have answered, or what came until `PATIENCE` after the first claim: the shard of another one may be dead. Late ones go back. */
function promptly<Info>(asks: readonly Promise<FailedClaim<Info> | undefined>[]): Promise<Got<Info>> {
  return new Promise((resolve) => {
    const claims: FailedClaim<Info>[] = [];
    let failure: Got<Info>['failure'];
    let left = asks.length;
    let isOver = false;
    let patience: NodeJS.Timeout | undefined;
    const end = (): void => {
      isOver = true;
      clearTimeout(patience);
      resolve({ claims, failure, isPart: left > 0 });
    };
    const take = (claim: FailedClaim<Info> | undefined): void => {
      if (!claim) return;
      if (isOver) return void claim.giveBack().catch(() => {});
      claims.push(claim);
      patience ??= setTimeout(end, PATIENCE);
    };
    const fail = (reason: unknown): void => {
      failure ??= { reason };
    };
    for (const ask of asks) {
      ask.then(take, fail).then(() => {
        left--;
        if (left === 0 && !isOver) end();
      });
    }
  });
}

async function claimOne<Info>(
  session: Session,
  task: string,
  terms: FailedTerms,
): Promise<FailedClaim<Info> | undefined> {
  const { lease, worker } = terms;
  const askedAt = performance.now();
  const call = { verb: 'claimFailed', task, nonce: session.nonce(), lease, worker } as const;
  const outcome = await session.batcher.call(call);
  return outcome.kind === 'claimed' ? new FailedClaim<Info>(session, task, outcome, { ...terms, askedAt }) : undefined;
}
