/**
 * The dead letters of a namespace on their shelf. Those that are not acknowledged come first, by the moment at which they may be
 * given, `FAILED_RETENTION` later: for one that was never given that is when it goes, where nobody consumes dead letters. Behind
 * them stand the acknowledged ones, by their ends.
 */
import { ACKNOWLEDGED, FAILED_RETENTION } from '../../core/options.js';
import type { Shelf } from '../../core/states.js';
import type { FailedPage } from '../../core/store.js';
import type { Position } from './ledger.js';
import type { TaskRecord } from './records.js';
import type { Transaction } from './transaction.js';

const FIRST_ACKNOWLEDGED: Position = { score: ACKNOWLEDGED, key: 0 };

/** Those whose time is over by `until`, oldest first. Where there is a consumer, what is not acknowledged is spared. */
export function removable(tx: Transaction, limit: number, until?: number): TaskRecord[] {
  if (!tx.isWatched) return tx.ledger.shelf('failed', limit, until);
  return tx.ledger.shelf('failed', limit, until === undefined ? undefined : until + ACKNOWLEDGED, FIRST_ACKNOWLEDGED);
}

/** Whether the cap of that shelf may take something. */
export function hasRemovable(tx: Transaction, shelf: Shelf): boolean {
  return shelf !== 'failed' || !tx.isWatched || removable(tx, 1).length > 0;
}

/** When the first one goes by itself; null for never. */
export function letterEnd(tx: Transaction): number | null {
  if (!tx.isWatched) return tx.ledger.firstDue('failed');
  const [first] = removable(tx, 1);
  return first ? first.due - ACKNOWLEDGED : null;
}

/** Whether a consumer gets one later than by that clock: its moment is counted by a time that leads it. */
export function isCountedBeyond(tx: Transaction, clock: number): boolean {
  const beyond = { score: clock + FAILED_RETENTION + 1, key: 0 };
  if (!tx.isWatched || tx.shard.shelves.failed === 0) return false;
  return tx.ledger.shelf('failed', 1, ACKNOWLEDGED - 1, beyond).length > 0;
}

/** What a consumer may take now, and when there is more. */
export function failedTasks(tx: Transaction, limit: number): FailedPage {
  if (tx.shard.shelves.failed === 0) return { tasks: [], nextIn: null };
  const ready = tx.now + FAILED_RETENTION;
  const listed = tx.ledger.shelf('failed', limit, ready);
  const [next] = tx.ledger.shelf('failed', 1, ACKNOWLEDGED - 1, { score: ready + 1, key: 0 });
  return { tasks: listed.map(({ name }) => name), nextIn: next ? next.due - ready : null };
}
