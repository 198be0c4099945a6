/** What a task with `unitAttempts` or `unitBackoff` counts of its units. */
import { unitBackoffDelay } from '../../core/backoff.js';
import type { TaskRecord, UnitHistory, UnitRecord } from './records.js';
import { isFinal, unitState } from './records.js';
import type { Transaction } from './transaction.js';

/** As many as are counted. */
const MOST_TRIES = 65_535;

/** What a unit has failed with whose last lock ran out. */
export const RAN_OUT = '{"name":"LockLostError","message":"the lock ran out: its holder is gone"}';

/** Whether the task limits how often, or how soon, its units are locked again. */
export function limitsUnits({ options }: TaskRecord): boolean {
  return (options.unitAttempts ?? options.unitBackoff ?? null) !== null;
}

/** What was counted in this era of the task: a retry begins anew. */
function counted(task: TaskRecord, { history }: UnitRecord): UnitHistory | null {
  return history !== null && history.era === task.era ? history : null;
}

/** One more lock of the unit ends failed or expired: whether it was the last one, and when the unit is free again. */
export function countTry(tx: Transaction, task: TaskRecord, unit: UnitRecord): { isLast: boolean; freeFrom: number } {
  if (!limitsUnits(task)) return { isLast: false, freeFrom: tx.now };
  const { unitAttempts, unitBackoff } = task.options;
  const tries = Math.min(MOST_TRIES, (counted(task, unit)?.tries ?? 0) + 1);
  const delay = unitBackoff ? unitBackoffDelay(unitBackoff, tries, unit.token) : 0;
  unit.history = {
    era: task.era,
    tries,
    freeFrom: delay > 0 ? tx.now + delay : 0,
    redo: unit.history?.redo ?? '',
  };
  return { isLast: tries >= (unitAttempts ?? Number.POSITIVE_INFINITY), freeFrom: tx.now + delay };
}

/** Its attempts are spent: it cannot be locked any more. */
export function isSpent(task: TaskRecord, unit: UnitRecord): boolean {
  const { unitAttempts } = task.options;
  const tries = counted(task, unit)?.tries ?? 0;
  return isFinal(task, unit) && tries >= (unitAttempts ?? Number.POSITIVE_INFINITY);
}

/** When its backoff ends; 0 without one. */
export function freeFrom(task: TaskRecord, unit: UnitRecord): number {
  const state = unitState(task, unit);
  return state === 'failed' || state === 'expired' ? (counted(task, unit)?.freeFrom ?? 0) : 0;
}

/** What readers see of it. */
export function triesView(task: TaskRecord, unit: UnitRecord): { attempts: number; backoffUntil: number | null } {
  if (!limitsUnits(task) || unit.state === 'done') return { attempts: 0, backoffUntil: null };
  return { attempts: counted(task, unit)?.tries ?? 0, backoffUntil: freeFrom(task, unit) || null };
}
