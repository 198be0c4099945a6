/** One call of the function `claim`: its arguments and its reply. */
import type { ClaimCall, ClaimOutcome } from '../../core/store.js';
import type { Row, Value } from './rows.js';
import { claimedTask } from './rows.js';

/** The longest one look blocks, in ms: a lost marker costs at most this, and so does a task that was delayed meanwhile. */
export const LONGEST_LOOK = 1000;

export type Granted = Extract<ClaimOutcome, { kind: 'claimed' }>;

export interface ClaimReply {
  /** One for each call. */
  readonly outcomes: ClaimOutcome[];
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
  const outcomes = rows.map(
    (row): ClaimOutcome =>
      Array.isArray(row)
        ? { kind: 'claimed', ...claimedTask(row as Row, Number(now)) }
        : { kind: 'none', waiting: Number(waiting) },
  );
  const nextIn = nextDelayed === null ? LONGEST_LOOK : Math.max(1, Number(nextDelayed) - Number(now));
  return { outcomes, nextIn };
}

export function isGranted(outcome: ClaimOutcome | undefined): outcome is Granted {
  return outcome?.kind === 'claimed';
}
