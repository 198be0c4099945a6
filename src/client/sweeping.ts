import type { Store, SweepOutcome } from '../core/store.js';
import { publishedSweep } from './publishing.js';

/** What sweeping has ended. */
export type SweepSummary = Pick<SweepOutcome, 'locks' | 'attempts' | 'tasks' | 'removed' | 'nextDue'>;

/** Steps that one call to the store takes at most. */
export const SWEEP_STEPS = 200;

/** Sweeps each shard until nothing is due there, or about `limit` steps were taken. */
export async function sweepAll(
  store: Store,
  limit = Number.POSITIVE_INFINITY,
  only?: 'processing',
): Promise<SweepSummary> {
  const summaries = await onEachShard(store, (shard) => sweepShard(store, limit, only, shard));
  return summaries.reduce((sum, one) => ({
    locks: sum.locks + one.locks,
    attempts: sum.attempts + one.attempts,
    tasks: sum.tasks + one.tasks,
    removed: sum.removed + one.removed,
    nextDue:
      sum.nextDue === null || one.nextDue === null ? (sum.nextDue ?? one.nextDue) : Math.min(sum.nextDue, one.nextDue),
  }));
}

async function sweepShard(
  store: Store,
  limit: number,
  only: 'processing' | undefined,
  shard: number | undefined,
): Promise<SweepSummary> {
  const sum = { locks: 0, attempts: 0, tasks: 0, removed: 0 };
  for (let left = limit; ; left -= SWEEP_STEPS) {
    const { nextDue, more, ...one } = await publishedSweep(store, Math.min(left, SWEEP_STEPS), only, shard);
    sum.locks += one.locks;
    sum.attempts += one.attempts;
    sum.tasks += one.tasks;
    sum.removed += one.removed;
    if (!more || left <= SWEEP_STEPS) return { ...sum, nextDue };
  }
}

export async function timeoutAllLocks(store: Store, ms: number): Promise<number> {
  const ended = await onEachShard(store, (shard) => timeoutLocksOf(store, ms, shard));
  return ended.reduce((sum, one) => sum + one);
}

async function timeoutLocksOf(store: Store, ms: number, shard: number | undefined): Promise<number> {
  let ended = 0;
  let cursor: string | null = null;
  do {
    const page: { ended: number; cursor: string | null } = await store.timeoutLocks(ms, cursor, SWEEP_STEPS, shard);
    ended += page.ended;
    cursor = page.cursor;
  } while (cursor !== null);
  return ended;
}

/** At once. A shard that fails keeps none of the others from their work; what it threw is thrown when all are done. */
async function onEachShard<T>({ shards = 1 }: Store, work: (shard: number | undefined) => Promise<T>): Promise<T[]> {
  const pending = Array.from({ length: shards }, (_, shard) => work(shards === 1 ? undefined : shard));
  await Promise.allSettled(pending);
  return Promise.all(pending);
}
