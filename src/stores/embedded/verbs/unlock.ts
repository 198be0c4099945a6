import type { FailUnitCall, FailUnitOutcome, LostOutcome, UnlockCall, UnlockOutcome } from '../../../core/store.js';
import {
  beginGrace,
  cancelledOf,
  countExpected,
  failForGood,
  lockEnded,
  nextEndOrder,
  progressOf,
  settle,
} from '../life.js';
import type { TaskRecord, UnitRecord } from '../records.js';
import { taskState, unitState } from '../records.js';
import type { Transaction } from '../transaction.js';
import { countTry } from '../unit-history.js';

/** The unit is done. While the task takes units the unit's last token decides: also after its lock has run out. */
export function unlock(tx: Transaction, call: UnlockCall): UnlockOutcome {
  const found = holderOf(tx, call);
  if (!found) return lost(tx, call.task);
  const { task, unit } = found;
  if (unit.state === 'done') return { kind: 'done', released: false, ...progressOf(task) };
  if (!isPending(task, unit)) return lost(tx, call.task);

  leaveLock(tx, task, unit);
  unit.state = 'done';
  unit.endOrder = null;
  unit.result = call.result;
  unit.context = call.context ?? null;
  task.done++;
  countExpected(tx, task, unit.name, -1);
  return { kind: 'done', ...settled(tx, task) };
}

/** The unit failed; it can be locked again, unless for good, until the release. */
export function failUnit(tx: Transaction, call: FailUnitCall): FailUnitOutcome {
  const found = holderOf(tx, call);
  if (!found) return lost(tx, call.task);
  const { task, unit } = found;
  if (unit.state === 'failed') return { kind: 'failed', released: false, ...progressOf(task) };
  if (!isPending(task, unit)) return lost(tx, call.task);

  // A lock that ran out was counted then, and one that was let go is not.
  const isLive = unitState(task, unit) === 'locked';
  const { isLast, freeFrom } = isLive ? countTry(tx, task, unit) : { isLast: false, freeFrom: tx.now };
  leaveLock(tx, task, unit);
  unit.state = 'failed';
  unit.endOrder = nextEndOrder(tx, task, 'alone');
  unit.error = call.error;
  unit.final = 0;
  if (call.final || isLast) failForGood(tx, task, unit);
  else {
    task.failed++;
    beginGrace(task, freeFrom);
  }
  return { kind: 'failed', ...settled(tx, task) };
}

/** The task and the unit if the call's token is the unit's last one; without a token whoever held it last. */
export function holderOf(
  tx: Transaction,
  call: { readonly task: string; readonly unit: string; readonly token: number | null },
): { task: TaskRecord; unit: UnitRecord } | undefined {
  const task = tx.find(call.task);
  if (!task || task.shelf === 'removed') return undefined;
  const unit = tx.unit(task, call.unit);
  if (!unit || (call.token !== null && call.token !== unit.token)) return undefined;
  return { task, unit };
}

/** A lock that ran out may still be settled by its holder while the task takes units. */
function isPending(task: TaskRecord, unit: UnitRecord): boolean {
  return (task.shelf === 'open' || task.shelf === 'locked') && (unit.state === 'locked' || unit.state === 'expired');
}

function leaveLock(tx: Transaction, task: TaskRecord, unit: UnitRecord): void {
  const wasLive = unitState(task, unit) === 'locked';
  if (wasLive) task.live--;
  else task.expired--;
  unit.endedAt = tx.now;
  tx.saveUnit(task, unit);
  if (wasLive) lockEnded(tx, task);
}

export function settled(tx: Transaction, task: TaskRecord): ReturnType<typeof progressOf> & { released: boolean } {
  const before = task.releasedAt;
  settle(tx, task);
  tx.save(task);
  return { released: task.releasedAt !== before, ...progressOf(task) };
}

export function lost(tx: Transaction, name: string): LostOutcome {
  const task = tx.find(name);
  return { kind: 'lost', state: task ? taskState(task) : null, ...(task && cancelledOf(task)) };
}
