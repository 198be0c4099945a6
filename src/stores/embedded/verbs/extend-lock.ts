import type { ExtendLockCall, ExtendLockOutcome } from '../../../core/store.js';
import { settle } from '../life.js';
import { unitState } from '../records.js';
import type { Transaction } from '../transaction.js';
import { lockDeadline } from './lock.js';
import { holderOf, lost } from './unlock.js';

/** A new deadline for a live lock, also for an overdue one that nothing has ended yet. */
export function extendLock(tx: Transaction, call: ExtendLockCall): ExtendLockOutcome {
  const found = holderOf(tx, call);
  if (!found || unitState(found.task, found.unit) !== 'locked') return lost(tx, call.task);
  const { task, unit } = found;
  const until = lockDeadline(tx, task, unit, call.ttl);
  if (until <= tx.now) return lost(tx, call.task);

  unit.until = until;
  unit.renewedAt = tx.now;
  task.lockDue = Math.min(task.lockDue, until);
  tx.saveUnit(task, unit);
  settle(tx, task);
  return { kind: 'extended', until, now: tx.now };
}
