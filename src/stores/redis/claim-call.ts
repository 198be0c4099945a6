/** One call of the function `claim`: its arguments and its reply. */
import type { ClaimCall, ClaimOutcome } from '../../core/store.js';
import { MAX_BATCH_BYTES } from '../../core/store.js';
import type { Row, Value } from './rows.js';
import { claimedTask } from './rows.js';

/** The longest one look blocks, in ms: a lost marker costs at most this, and so does a task that was delayed meanwhile. */
export const LONGEST_LOOK = 1000;

/** How many tasks one call of the library claims at most. */
export const MOST_CLAIMS = 32;
/** What stands for the first claim that a call did not come to. */
const LATER = 1;

export type Granted = Extract<ClaimOutcome, { kind: 'claimed' }>;

export interface ClaimReply {
  /** Of the first claims: a call that has done enough leaves the others to the next one. */
  readonly outcomes: ClaimOutcome[];
  /** How many tasks are left in the queue. */
  readonly waiting: number;
  /** When the first delayed task is ready, in ms from now. */
  readonly nextIn: number;
}

/**
 * `now` claims, `popped` claims behind a pop of the marker. `cancel` gives what the calls got before; those that got
 * nothing never will, even if they arrive later.
 */
const HOW = { now: '0', cancel: '1', popped: '2' } as const;
export type How = keyof typeof HOW;

export function claimArgs(calls: readonly ClaimCall[], how: How): string[] {
  const args = [HOW[how], `${calls.length}`, ...calls.map(({ nonce }) => nonce)];
  for (let first = 0; first < calls.length; ) {
    const { lease, worker } = calls[first] as ClaimCall;
    let next = first;
    while (calls[next]?.lease === lease && calls[next]?.worker === worker) next++;
    args.push(`${next - first}`, `${lease}`, worker);
    first = next;
  }
  return args;
}

export function readReply(reply: unknown): ClaimReply {
  const [now, waiting, nextDelayed, ...rows] = reply as readonly Value[];
  const left = rows.indexOf(LATER);
  const outcomes = (left === -1 ? rows : rows.slice(0, left)).map(
    (row): ClaimOutcome =>
      Array.isArray(row)
        ? { kind: 'claimed', ...claimedTask(row as Row, Number(now)) }
        : { kind: 'none', waiting: Number(waiting) },
  );
  const nextIn = nextDelayed === null ? LONGEST_LOOK : Math.max(1, Number(nextDelayed) - Number(now));
  return { outcomes, waiting: Number(waiting), nextIn };
}

export interface ClaimPages {
  /** One for each call that was answered. */
  readonly outcomes: readonly ClaimOutcome[];
  readonly waiting: number;
  /** Why the last page was not answered, and its calls. */
  readonly failed?: { readonly error: unknown; readonly calls: readonly ClaimCall[] };
}

/**
 * Asks a page after the other: a claim until a page is full of bytes or there are no more tasks, a look at what claims got for
 * all of them.
 */
export async function inPages(
  calls: readonly ClaimCall[],
  how: 'now' | 'cancel',
  ask: (page: readonly ClaimCall[]) => Promise<ClaimReply>,
): Promise<ClaimPages> {
  const outcomes: ClaimOutcome[] = [];
  let waiting = 0;
  for (let bytes = 0; outcomes.length < calls.length && bytes < MAX_BATCH_BYTES; ) {
    const page = calls.slice(outcomes.length, outcomes.length + MOST_CLAIMS);
    let reply: ClaimReply;
    try {
      reply = await ask(page);
    } catch (error) {
      return { outcomes, waiting, failed: { error, calls: page } };
    }
    outcomes.push(...reply.outcomes);
    waiting = reply.waiting;
    if (how === 'cancel') continue;
    if (waiting === 0 && !reply.outcomes.every(isGranted)) break;
    for (const outcome of reply.outcomes) if (isGranted(outcome)) bytes += outcome.info?.length ?? 0;
  }
  return { outcomes, waiting };
}

export function isGranted(outcome: ClaimOutcome | undefined): outcome is Granted {
  return outcome?.kind === 'claimed';
}
