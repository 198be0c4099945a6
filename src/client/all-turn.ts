import type { UnitView } from '../core/store.js';
import { pollPauses } from './waiting.js';

/** An item that is tried, maybe again because somebody else works on it. */
export interface Turn {
  readonly index: number;
  readonly pauses: Iterator<number, never, void>;
  /** Since when it is waited for, and when to look again, in ms of `performance.now()`. */
  since: number | undefined;
  at: number;
  /** The work itself threw. */
  threw: boolean;
  /** The lock that another one was seen to hold, and when it is over at the latest, in ms of `performance.now()`. */
  seen: { readonly lock: string; readonly end: number } | undefined;
}

export function turnOf(index: number): Turn {
  return { index, pauses: pollPauses(), since: undefined, at: 0, threw: false, seen: undefined };
}

/** How long the lock may live on. Each renewal makes it another one; the clocks of store and client need not agree. */
export function leftOf(turn: Turn, { token, until, renewedAt }: UnitView): number {
  const now = performance.now();
  const lock = `${token} ${until}`;
  if (turn.seen?.lock !== lock) turn.seen = { lock, end: now + Math.max(0, until - renewedAt) + 1 };
  return turn.seen.end - now;
}

/** Takes out the one whose look is next. */
export function takeSoonest(turns: Turn[]): Turn | undefined {
  if (turns.length === 0) return undefined;
  const soonest = turns.reduce((first, turn) => (turn.at < first.at ? turn : first));
  turns.splice(turns.indexOf(soonest), 1);
  return soonest;
}
