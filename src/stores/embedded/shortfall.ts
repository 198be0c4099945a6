import type { Shortfall } from '../../core/store.js';
import { MAX_MISSING_NAMES } from '../../core/store.js';
import { unmet } from './life.js';
import type { TaskRecord, UnitRecord } from './records.js';
import { unitState } from './records.js';
import type { Transaction } from './transaction.js';

/** What a task lacks: the counts, and the first names in the order failed, expired, missing. */
export function shortfall(tx: Transaction, task: TaskRecord): Shortfall {
  if (task.expectNamed) return shortfallOfNames(tx, task);
  const names = troubledUnits(tx, task, MAX_MISSING_NAMES).map((unit) => unit.name);
  const [failed, expired, missing] = [task.failed + task.failedFinal, task.expired, unmet(task)];
  return { failed, expired, missing, total: task.expect === null ? failed + expired : missing, names };
}

/** Units that the list does not name are extra. */
function shortfallOfNames(tx: Transaction, task: TaskRecord): Shortfall {
  const expected = [...tx.expected(task)];
  const absent = expected.filter((name) => !tx.unit(task, name));
  const units = expected.flatMap((name) => tx.unit(task, name) ?? []).sort(byDeadline);
  const failed = units.filter(({ state }) => state === 'failed');
  const expired = units.filter(({ state }) => state === 'expired');
  const ended = units.filter((unit) => unit.state === 'locked' && unitState(task, unit) === 'expired');
  const undone = [...failed, ...expired, ...ended];
  const names = [...undone.map(({ name }) => name), ...absent].slice(0, MAX_MISSING_NAMES);
  const total = undone.length + absent.length;
  return { failed: failed.length, expired: expired.length + ended.length, missing: absent.length, total, names };
}

function byDeadline(a: UnitRecord, b: UnitRecord): number {
  return a.until - b.until || a.place - b.place;
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
