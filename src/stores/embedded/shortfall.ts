import type { Shortfall } from '../../core/store.js';
import { MAX_MISSING_NAMES } from '../../core/store.js';
import { unmet } from './life.js';
import type { TaskRecord, UnitRecord } from './records.js';
import { unitState } from './records.js';
import type { Transaction } from './transaction.js';

/** Units that are looked at for locks that ended with the task: live ones may stand among them. */
const LOOKED_AT = 1000;

/**
 * What a task lacks: the counts, and the first names: failed and expired ones in the order in which they ended, then the
 * missing ones of a list, then units whose locks ended with the task.
 */
export function shortfall(tx: Transaction, task: TaskRecord): Shortfall {
  if (task.expectNamed) return shortfallOfNames(tx, task);
  const names = endedUnits(tx, task).map((unit) => unit.name);
  const [failed, expired, missing] = [task.failed + task.failedFinal, task.expired, unmet(task)];
  return { failed, expired, missing, total: task.expect === null ? failed + expired : missing, names };
}

/** Units that the list does not name are extra. */
function shortfallOfNames(tx: Transaction, task: TaskRecord): Shortfall {
  const expected = [...tx.expected(task)];
  const absent = expected.filter((name) => !tx.unit(task, name));
  const units = expected.flatMap((name) => tx.unit(task, name) ?? []);
  const undone = units.filter((unit) => !['done', 'locked'].includes(unitState(task, unit)));
  const ended = undone.filter(({ endOrder }) => endOrder !== null).sort(byEnd);
  const withTask = undone.filter(({ endOrder }) => endOrder === null);
  const names = [...ended.map(({ name }) => name), ...absent, ...withTask.map(({ name }) => name)];
  const failed = undone.filter(({ state }) => state === 'failed').length;
  return {
    failed,
    expired: undone.length - failed,
    missing: absent.length,
    total: names.length,
    names: names.slice(0, MAX_MISSING_NAMES),
  };
}

function byEnd(a: UnitRecord, b: UnitRecord): number {
  return (a.endOrder ?? 0) - (b.endOrder ?? 0) || (a.name < b.name ? -1 : 1);
}

/** The first failed and expired units in the order in which they ended, then those whose locks ended with the task. */
function endedUnits(tx: Transaction, task: TaskRecord): UnitRecord[] {
  const count = Math.min(MAX_MISSING_NAMES, task.failed + task.failedFinal + task.expired);
  const found = count === 0 ? [] : tx.ledger.ended(task.id, count);
  for (const state of ['locked', 'expired', 'failed'] as const) {
    if (found.length >= count) break;
    const listed = tx.ledger.unfinished(task.id, state, LOOKED_AT);
    found.push(...listed.filter((unit) => unit.endOrder === null && unitState(task, unit) !== 'locked'));
  }
  return found.slice(0, count);
}

/** For a look at them: failed, then expired units by their deadlines, then those whose locks the floor ended. */
export function troubledUnits(tx: Transaction, task: TaskRecord, limit: number): UnitRecord[] {
  const found: UnitRecord[] = [];
  for (const state of ['failed', 'expired', 'locked'] as const) {
    if (found.length >= limit) break;
    const listed = tx.ledger.unfinished(task.id, state, limit - found.length);
    found.push(...listed.filter((unit) => unitState(task, unit) !== 'locked'));
  }
  return found;
}
