import type { Store, SweepOutcome } from '../core/store.js';
import { publishedSweep } from './publishing.js';

/** What sweeping has ended. */
export type SweepSummary = Pick<SweepOutcome, 'locks' | 'attempts' | 'tasks' | 'removed' | 'nextDue'>;

/** Steps that one call to the store takes at most. */
export const SWEEP_STEPS = 200;

/** Sweeps until nothing is due, or about `limit` steps were taken. */
export async function sweepAll(
  store: Store,
  limit = Number.POSITIVE_INFINITY,
  only?: 'processing',
): Promise<SweepSummary> {
  const sum = { locks: 0, attempts: 0, tasks: 0, removed: 0 };
  for (let left = limit; ; left -= SWEEP_STEPS) {
    const { nextDue, more, ...one } = await publishedSweep(store, Math.min(left, SWEEP_STEPS), only);
    sum.locks += one.locks;
    sum.attempts += one.attempts;
    sum.tasks += one.tasks;
    sum.removed += one.removed;
    if (!more || left <= SWEEP_STEPS) return { ...sum, nextDue };
  }
}

export async function timeoutAllLocks(store: Store, ms: number): Promise<number> {
  let ended = 0;
  let cursor: string | null = null;
  do {
    const page: { ended: number; cursor: string | null } = await store.timeoutLocks(ms, cursor, SWEEP_STEPS);
    ended += page.ended;
    cursor = page.cursor;
  } while (cursor !== null);
  return ended;
}
