import type { RedoCall, RedoOutcome } from '../../../core/store.js';
import { beginGrace, countExpected, kept, nextEndOrder, progressOf, settle } from '../life.js';
import type { TaskRecord, UnitRecord } from '../records.js';
import { taskState, unitState } from '../records.js';
import type { Transaction } from '../transaction.js';

/** What was done is to be done again: the unit has failed, not for good, and its result is dropped. */
export function redo(tx: Transaction, call: RedoCall): RedoOutcome {
  const task = kept(tx, call.task);
  if (!task) return { kind: 'not-found' };
  const unit = tx.unit(task, call.unit);
  if (unit?.history?.redo === call.nonce) return { kind: 'redone', ...progressOf(task) };
  if (!takesUnitsAgain(task)) return { kind: 'late', state: taskState(task) };
  if (unit?.state !== 'done') {
    return { kind: 'not-done', state: taskState(task), unitState: unit ? unitState(task, unit) : null };
  }
  fail(tx, task, unit, call);
  countExpected(tx, task, unit.name, 1);
  tx.event(task, 'redone');
  settle(tx, task);
  return { kind: 'redone', ...progressOf(task) };
}

/** Now, or once it is retried: then it returns to where it failed. */
function takesUnitsAgain({ shelf, releasedAt }: TaskRecord): boolean {
  return shelf === 'open' || shelf === 'locked' || (shelf === 'failed' && releasedAt === null);
}

function fail(tx: Transaction, task: TaskRecord, unit: UnitRecord, { nonce, error }: RedoCall): void {
  unit.state = 'failed';
  unit.endedAt = tx.now;
  unit.endOrder = nextEndOrder(tx, task, 'alone');
  unit.final = 0;
  unit.error = error;
  unit.result = null;
  unit.context = null;
  unit.history = { era: task.era, tries: 0, freeFrom: 0, redo: nonce };
  tx.saveUnit(task, unit);
  task.done--;
  task.failed++;
  beginGrace(task, tx.now);
  task.idleFrom = tx.now;
  tx.save(task);
}
