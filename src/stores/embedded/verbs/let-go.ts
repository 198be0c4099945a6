import type { LetGoCall, LetGoOutcome } from '../../../core/store.js';
import { expireLock, progressOf } from '../life.js';
import { unitState } from '../records.js';
import type { Transaction } from '../transaction.js';
import { holderOf, lost, settled } from './unlock.js';

/** The lock ends as if it had run out now: its holder stops, and others may have the unit at once. */
export function letGo(tx: Transaction, call: LetGoCall): LetGoOutcome {
  const found = holderOf(tx, call);
  if (!found) return lost(tx, call.task);
  const { task, unit } = found;
  const state = unitState(task, unit);
  if (state === 'expired') return { kind: 'let-go', released: false, ...progressOf(task) };
  if (state !== 'locked') return lost(tx, call.task);
  expireLock(tx, task, unit, 'let-go');
  return { kind: 'let-go', ...settled(tx, task) };
}
