import type { Shortfall } from '../../core/store.js';
import { MAX_MISSING_NAMES } from '../../core/store.js';
import { unmet } from './life.js';
import type { TaskRecord, UnitRecord } from './records.js';
import { unitState } from './records.js';
import type { Transaction } from './transaction.js';

/** What a task lacks: the counts, and the first names in the order failed, expired, missing. */
export function shortfall(tx: Transaction, task: TaskRecord): Shortfall {
  const troubled = troubledUnits(tx, task, MAX_MISSING_NAMES).map((unit) => unit.name);
  const known = new Set(troubled);
  const absent = task.expectNamed ? [...tx.expected(task)].filter((unit) => !tx.unit(task, unit)) : [];
  const failed = task.failed + task.failedFinal;
  const names = [...troubled, ...absent.filter((unit) => !known.has(unit))].slice(0, MAX_MISSING_NAMES);
  const missing = task.expectNamed ? absent.length : Math.max(0, unmet(task) - task.failed - task.expired);
  return { failed, expired: task.expired, missing, names };
}

/** Failed, then expired units, among them those whose locks the floor ended. */
export function troubledUnits(tx: Transaction, task: TaskRecord, limit: number): UnitRecord[] {
  const found: UnitRecord[] = [];
  for (const state of ['failed', 'expired', 'locked'] as const) {
    if (found.length >= limit) break;
    const listed = tx.ledger.unfinished(task.id, state, limit - found.length);
    found.push(...listed.filter((unit) => unitState(task, unit) !== 'locked'));
  }
  return found;
}
