/**
 * The life of a task: the moves that several verbs share. Every function takes the transaction's working set and
 * leaves the task on the right shelf with the right due moment.
 */
import { backoffDelay } from '../../core/backoff.js';
import { DAY, DEFAULT_TASK_OPTIONS, FAILED_RETENTION, HOUR, NONCE_RETENTION } from '../../core/options.js';
import type { ClosedBy, FailureReason } from '../../core/states.js';
import type { CloseCall, OpenCall, Progress, TaskOptions } from '../../core/store.js';
import type { EndedClaim, TaskRecord, UnitRecord } from './records.js';
import { isFinal, taskState } from './records.js';
import type { Transaction } from './transaction.js';
import { countTry, RAN_OUT } from './unit-history.js';

/** The options in force: what was named, and the defaults. */
export function optionsOf(task: TaskRecord): Omit<TaskOptions, 'expect'> {
  return { ...DEFAULT_TASK_OPTIONS, ...task.options };
}

export function progressOf(task: TaskRecord): Progress {
  return { state: taskState(task), outstanding: outstanding(task), done: task.done };
}

/**
 * Live locks and waited-for units. With an expectation nothing but locks and what is expected is waited for, and a lock
 * may be on an expected unit.
 */
export function outstanding(task: TaskRecord): number {
  if (task.shelf !== 'open' && task.shelf !== 'locked') return 0;
  if (task.expect === null) return task.live + task.failed + task.expired;
  return Math.max(task.live, unmet(task));
}

/** How many expected units are not there yet: of a list those neither done nor failed for good, of a count those not done. */
export function unmet(task: TaskRecord): number {
  if (task.expect === null) return 0;
  return task.expectNamed ? task.expectLeft : Math.max(0, task.expect - task.done);
}

/**
 * From when on an expectation is met; null while more has to come. A count is met by units that are done; failures for
 * good stand in for the others when no lock was held for the grace: one of them may not have been meant at all.
 */
export function metFrom(task: TaskRecord): number | null {
  const left = unmet(task);
  if (left === 0) return 0;
  if (task.expectNamed || left > task.failedFinal || task.live > 0) return null;
  const since = Math.max(task.idleFrom, task.closedAt ?? 0);
  return Math.max(since + optionsOf(task).unitGrace, task.graceUntil);
}

/** Whether units that are waited for are not done. With an expectation others make nothing incomplete. */
export function isShort(tx: Transaction, task: TaskRecord): boolean {
  if (task.expect === null) return task.failed + task.failedFinal + task.expired > 0;
  if (unmet(task) > 0) return true;
  if (!task.expectNamed || task.failedFinal === 0) return false;
  return [...tx.expected(task)].some((name) => tx.unit(task, name)?.state !== 'done');
}

/** When waiting for failed and expired units ends. */
export function graceEnd(task: TaskRecord): number {
  const since = Math.max(task.troubleAt, task.closedAt ?? 0);
  return Math.max(since + optionsOf(task).unitGrace, task.graceUntil);
}

/** A unit came to `done` or failed for good (`by` −1), or came back from that (+1). */
export function countExpected(tx: Transaction, task: TaskRecord, unit: string, by: 1 | -1): void {
  if (task.expectNamed && tx.expected(task).has(unit)) task.expectLeft += by;
}

/** Sets what is expected and counts what is there already. */
export function expect(tx: Transaction, task: TaskRecord, expected: number | readonly string[] | null): void {
  task.expectNamed = Array.isArray(expected);
  task.expect = typeof expected === 'number' || expected === null ? expected : expected.length;
  tx.expectNames(task, typeof expected === 'object' ? expected : null);
  recountExpected(tx, task);
}

export function recountExpected(tx: Transaction, task: TaskRecord): void {
  if (!task.expectNamed) return;
  const isMet = (name: string): boolean => {
    const unit = tx.unit(task, name);
    return unit !== undefined && (unit.state === 'done' || isFinal(task, unit));
  };
  task.expectLeft = [...tx.expected(task)].filter((unit) => !isMet(unit)).length;
}

/** Merges the options of a call into those of the task: what is named counts, then what was named before, then its defaults. */
export function name(tx: Transaction, task: TaskRecord, call: OpenCall | CloseCall): void {
  const { expect: expected, ...options } = call.options;
  task.options = { ...call.defaults, ...task.options, ...options };
  if (expected !== undefined) expect(tx, task, expected);
}

/** No more units will start. */
export function closeTask(tx: Transaction, task: TaskRecord, by: ClosedBy): void {
  task.closedAt = tx.now;
  task.closedBy = by;
  task.waitsFrom = tx.now;
  setDeadline(task);
  tx.move(task, 'locked', tx.now);
  tx.event(task, 'closed');
  settle(tx, task);
}

/** The deadline counts from the first close or from the retry, which gives it a minimum. */
export function setDeadline(task: TaskRecord): void {
  const deadline = task.options.deadline ?? (task.expect === null ? DAY : HOUR);
  task.deadlineAt = Math.max(task.waitsFrom + deadline, task.graceUntil);
}

/** Moves an open or closed task on when nothing holds it, and else notes when to look again. */
export function settle(tx: Transaction, task: TaskRecord): void {
  if (task.shelf === 'open') settleOpen(tx, task);
  else if (task.shelf === 'locked') settleClosed(tx, task);
}

function settleOpen(tx: Transaction, task: TaskRecord): void {
  const metAt = task.expect !== null && task.openedAt !== null ? metFrom(task) : null;
  if (metAt !== null && metAt <= tx.now) return closeTask(tx, task, 'expect');
  const idle = task.live > 0 ? task.lockDue : idleEnd(task);
  lookAgain(tx, task, Math.min(idle, task.closeAt ?? idle, metAt ?? idle));
}

/** The sweep looks at a task at its moment or earlier: a moment that moves on is not written before that look. */
function lookAgain(tx: Transaction, task: TaskRecord, due: number): void {
  if (due < task.due || task.due <= tx.now) task.due = due;
  tx.save(task);
}

/** When an open task without a live lock is closed or given up. */
export function idleEnd(task: TaskRecord): number {
  return task.idleFrom + Math.min(task.idleTimeout, task.closeWhenIdle ?? task.idleTimeout);
}

function settleClosed(tx: Transaction, task: TaskRecord): void {
  const deadline = task.deadlineAt ?? tx.now;
  if (task.live > 0) return lookAgain(tx, task, Math.min(task.lockDue, deadline));
  const endsAt = task.expect === null ? troubleEnd(task) : metFrom(task);
  if (endsAt === null) return tx.move(task, 'locked', deadline);
  if (endsAt > tx.now) return tx.move(task, 'locked', Math.min(endsAt, deadline));
  endWaiting(tx, task);
}

/** When failed and expired units are waited for no longer; 0 when there are none. */
function troubleEnd(task: TaskRecord): number {
  return task.failed + task.expired > 0 ? graceEnd(task) : 0;
}

/** Waiting is over: whole tasks are released, others as `incomplete` says. */
export function endWaiting(tx: Transaction, task: TaskRecord): void {
  endLocks(tx, task);
  task.incomplete = isShort(tx, task);
  if (task.incomplete && optionsOf(task).incomplete === 'fail') failTask(tx, task, 'incomplete');
  else releaseTask(tx, task);
}

/** Ends every live lock in one step: units with a token up to the floor read as expired. */
export function endLocks(tx: Transaction, task: TaskRecord): void {
  task.floor = tx.shard.lastToken;
  if (task.live === 0) return;
  task.expired += task.live;
  task.live = 0;
  task.lockDue = Number.MAX_SAFE_INTEGER;
  task.troubleAt = tx.now;
  task.idleFrom = tx.now;
}

/** Into the worker queue; without a worker the release is the completion. */
export function releaseTask(tx: Transaction, task: TaskRecord): void {
  endLocks(tx, task);
  task.releasedAt = tx.now;
  if (!optionsOf(task).worker) {
    tx.event(task, 'released');
    return completeTask(tx, task, null);
  }
  enqueue(tx, task, tx.nextToken());
}

/** Ready for the next worker, at this place of the queue. */
export function enqueue(tx: Transaction, task: TaskRecord, place: number): void {
  task.queued = place;
  tx.move(task, 'released', place);
  tx.event(task, 'released');
}

export function completeTask(tx: Transaction, task: TaskRecord, result: string | null): void {
  task.endedAt = tx.now;
  tx.ledger.putPayload(task.id, 'result', result);
  tx.shard.completed++;
  const { worker, retention } = optionsOf(task);
  task.clearing = worker ? 'results' : 'record';
  task.clearedTo = null;
  tx.move(task, 'completed', worker ? tx.now : tx.now + retention);
  tx.event(task, 'completed');
}

export function failTask(
  tx: Transaction,
  task: TaskRecord,
  failure: FailureReason,
  reason: string | null = null,
): void {
  endLocks(tx, task);
  task.endedAt = tx.now;
  task.failure = failure;
  task.reason = reason;
  tx.shard.failed++;
  tx.move(task, 'failed', tx.now + FAILED_RETENTION);
  tx.event(task, 'failed');
}

/** The live claim ends: its token writes nothing any more. */
export function endClaim(tx: Transaction, task: TaskRecord, ended: EndedClaim['ended'], at = 0): void {
  const { claim } = task;
  if (claim === null) return;
  task.lastClaim = { token: claim.token, ended, at };
  task.claim = null;
  tx.ledger.forgetClaimAt(claim.nonce, tx.now + NONCE_RETENTION);
}

/** What a failed attempt was: kept for people, and for the retry. */
export interface AttemptFailure {
  readonly error: string;
  readonly ended: 'failed' | 'overdue';
  readonly retry: boolean;
  readonly delay: number | null;
}

/** An attempt failed: the task returns after its backoff, or has failed when none is left. */
export function failAttempt(tx: Transaction, task: TaskRecord, failure: AttemptFailure): void {
  const { attempts, backoff } = optionsOf(task);
  const worker = task.claim?.worker ?? '';
  const record = `{"attempt":${task.attempt},"at":${tx.now},"worker":${JSON.stringify(worker)},"error":${failure.error}}`;
  tx.ledger.putPayload(task.id, `error:${String(task.runs).padStart(6, '0')}`, record);
  const delay = failure.delay ?? Math.max(0, backoffDelay(backoff, task.attempt, tx.random()));
  const at = tx.now + delay;
  const isLast = !failure.retry || task.attempt >= attempts;
  endClaim(tx, task, failure.ended === 'failed' && !isLast ? 'retrying' : failure.ended, at);
  tx.event(task, 'attempt-failed');
  if (!failure.retry) return failTask(tx, task, 'fatal');
  if (task.attempt >= attempts) return failTask(tx, task, 'attempts');
  if (delay === 0) return enqueue(tx, task, tx.nextToken());
  tx.move(task, 'delayed', at);
}

/**
 * The next number by which failed and expired units are listed: an even one for a unit that ended alone, an odd one for all
 * that a sweep ends at this moment. Both follow the clock in µs.
 */
export function nextEndOrder(tx: Transaction, task: TaskRecord, end: 'alone' | 'swept'): number {
  const { lastEndOrder: last } = task;
  const now = tx.now * 2000;
  const isOfThisSweep = end === 'swept' && last % 2 === 1 && last >= now;
  if (!isOfThisSweep) {
    const next = Math.max(last + 1, now);
    task.lastEndOrder = next % 2 === (end === 'swept' ? 1 : 0) ? next : next + 1;
  }
  return task.lastEndOrder;
}

/** A live lock ends without its holder having said so. The caller settles the task. */
export function expireLock(
  tx: Transaction,
  task: TaskRecord,
  unit: UnitRecord,
  end: 'alone' | 'swept' | 'let-go',
): void {
  const { isLast, freeFrom } = end === 'let-go' ? { isLast: false, freeFrom: tx.now } : countTry(tx, task, unit);
  unit.state = isLast ? 'failed' : 'expired';
  unit.endedAt = tx.now;
  unit.endOrder = nextEndOrder(tx, task, end === 'swept' ? 'swept' : 'alone');
  task.live--;
  if (isLast) {
    unit.error = RAN_OUT;
    failForGood(tx, task, unit);
  } else {
    task.expired++;
    beginGrace(task, freeFrom);
  }
  tx.saveUnit(task, unit);
  lockEnded(tx, task);
}

/** Nobody waits for the unit any more. */
export function failForGood(tx: Transaction, task: TaskRecord, unit: UnitRecord): void {
  unit.final = task.era;
  task.failedFinal++;
  countExpected(tx, task, unit.name, -1);
}

/** A unit can be locked again from that moment on: its grace begins there. */
export function beginGrace(task: TaskRecord, freeFrom: number): void {
  task.troubleAt = Math.max(task.troubleAt, freeFrom);
}

export function lockEnded(tx: Transaction, task: TaskRecord): void {
  task.idleFrom = tx.now;
  if (task.live === 0) task.lockDue = Number.MAX_SAFE_INTEGER;
  tx.save(task);
}

/** The task of this name; a stub of a removed task is none. */
export function kept(tx: Transaction, name: string): TaskRecord | undefined {
  const task = tx.find(name);
  return task?.shelf === 'removed' ? undefined : task;
}

/** The reason of a cancelled task, for the outcomes that tell its holders. */
export function cancelledOf(task: TaskRecord): { cancelled?: string } {
  return task.failure === 'cancelled' ? { cancelled: task.reason ?? '' } : {};
}
