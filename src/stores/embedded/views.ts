/** What readers see of the records. */
import { lastErrors, MAX_ERRORS } from '../../core/attempt-errors.js';
import type { AttemptError, TaskDetail, TaskView, UnitView } from '../../core/store.js';
import { graceEnd, idleEnd, isShort, metFrom, optionsOf, outstanding, unmet } from './life.js';
import type { TaskRecord, UnitRecord } from './records.js';
import { isFinal, recordEnd, taskState, unitState } from './records.js';
import { shortfall, troubledUnits } from './shortfall.js';
import type { Transaction } from './transaction.js';
import { triesView } from './unit-history.js';

const SAMPLE = 10;

export function taskView(task: TaskRecord): TaskView {
  return {
    task: task.name,
    incarnation: task.id,
    state: taskState(task),
    createdAt: task.createdAt,
    closedAt: task.closedAt,
    closedBy: task.closedBy,
    releasedAt: task.releasedAt,
    endedAt: task.endedAt,
    due: dueOf(task),
    units: {
      locked: task.live,
      done: task.done,
      failed: task.failed + task.failedFinal,
      expired: task.expired,
    },
    outstanding: outstanding(task),
    attempt: task.attempt,
    failure: task.failure,
    reason: task.reason,
    acknowledgedAt: task.letter?.acknowledgedAt ?? null,
  };
}

/** Of a dead letter it says when it goes by itself. */
function dueOf(task: TaskRecord): number | null {
  if (task.shelf === 'released') return null;
  return task.shelf === 'failed' ? recordEnd(task, false) : task.due;
}

export function taskDetail(tx: Transaction, task: TaskRecord): TaskDetail {
  const open = task.shelf === 'open';
  return {
    ...taskView(task),
    now: tx.now,
    info: tx.ledger.payload(task.id, 'info'),
    result: tx.ledger.payload(task.id, 'result'),
    options: { ...optionsOf(task), expect: task.expectNamed ? [...tx.expected(task)] : task.expect },
    deadlineAt: task.deadlineAt,
    graceUntil: task.shelf === 'locked' ? graceUntil(task) : null,
    idleAt: open && task.live === 0 ? idleEnd(task) : null,
    closeAt: open ? task.closeAt : null,
    claim: claimView(task),
    incomplete: task.shelf !== 'completed' && isShort(tx, task) ? shortfall(tx, task) : null,
    unmet: unmet(task),
    live: liveUnits(tx, task).map((unit) => unitView(task, unit)),
    troubled: troubledUnits(tx, task, SAMPLE).map((unit) => unitView(task, unit)),
    errors: lastErrors(tx.ledger.attemptErrors(task.id, MAX_ERRORS).map((text) => attemptError(text))),
  };
}

/** When waiting for units that failed or expired ends by itself. */
function graceUntil(task: TaskRecord): number | null {
  if (task.expect === null) return task.failed + task.expired > 0 ? graceEnd(task) : null;
  return metFrom(task) || null;
}

function liveUnits(tx: Transaction, task: TaskRecord): UnitRecord[] {
  if (task.live === 0) return [];
  return tx.ledger.unfinished(task.id, 'locked', SAMPLE).filter((unit) => unitState(task, unit) === 'locked');
}

function claimView(task: TaskRecord): TaskDetail['claim'] {
  if (task.claim === null) return null;
  const { token, worker, since, leaseUntil, timeoutAt } = task.claim;
  return { token, worker, since, leaseUntil, timeoutAt };
}

/** The error is spliced in as text: it is the caller's JSON, byte for byte. */
function attemptError(text: string): AttemptError {
  const mark = ',"error":';
  const head = JSON.parse(`${text.slice(0, text.indexOf(mark))}}`) as Omit<AttemptError, 'error'>;
  return { ...head, error: text.slice(text.indexOf(mark) + mark.length, -1) };
}

export function unitView(task: TaskRecord, unit: UnitRecord): UnitView {
  const { name, token, holder, lockedAt, renewedAt, until, endedAt, error, context } = unit;
  const state = unitState(task, unit);
  const cleared = task.shelf === 'completed' && optionsOf(task).worker;
  return {
    unit: name,
    state,
    token,
    holder,
    lockedAt,
    renewedAt,
    until,
    endedAt:
      state === 'expired' && endedAt === null ? Math.min(until, task.releasedAt ?? task.endedAt ?? until) : endedAt,
    final: isFinal(task, unit),
    ...triesView(task, unit),
    error,
    result: cleared ? null : unit.result,
    context,
  };
}
