import { MIN_RETRY_GRACE } from '../../../core/options.js';
import type {
  CancelCall,
  CancelOutcome,
  ReleaseCall,
  ReleaseOutcome,
  RemoveCall,
  RemoveOutcome,
  RetryCall,
  RetryOutcome,
} from '../../../core/store.js';
import {
  endClaim,
  endLocks,
  enqueue,
  failTask,
  isShort,
  kept,
  optionsOf,
  recountExpected,
  releaseTask,
  setDeadline,
  settle,
} from '../life.js';
import type { TaskRecord } from '../records.js';
import { taskState } from '../records.js';
import type { Transaction } from '../transaction.js';

/** A failed task returns to where it failed. */
export function retry(tx: Transaction, call: RetryCall): RetryOutcome {
  const task = kept(tx, call.task);
  if (!task) return { kind: 'not-found' };
  if (task.nonces.retry === call.nonce) return { kind: 'retried', state: taskState(task) };
  if (task.shelf !== 'failed') return { kind: 'not-failed', state: taskState(task) };

  task.nonces.retry = call.nonce;
  task.failure = null;
  task.reason = null;
  task.endedAt = null;
  task.letter = null;
  if (task.closedAt === null) reopen(tx, task);
  else if (task.releasedAt === null) waitAgain(tx, task);
  else processAgain(tx, task);
  return { kind: 'retried', state: taskState(task) };
}

function reopen(tx: Transaction, task: TaskRecord): void {
  const { closeAt, openedAt } = task;
  if (closeAt !== null && openedAt !== null) task.closeAt = tx.now + (closeAt - openedAt);
  task.openedAt = task.openedAt === null ? null : tx.now;
  task.idleFrom = tx.now;
  clearFinal(tx, task);
  tx.move(task, 'open', tx.now);
  tx.event(task, 'retried');
  settle(tx, task);
}

/** Waits once more for what is missing: failures for good are cleared, deadline and grace begin anew. */
function waitAgain(tx: Transaction, task: TaskRecord): void {
  clearFinal(tx, task);
  task.waitsFrom = tx.now;
  task.graceUntil = tx.now + Math.max(optionsOf(task).unitGrace, MIN_RETRY_GRACE);
  setDeadline(task);
  tx.move(task, 'locked', tx.now);
  tx.event(task, 'retried');
  settle(tx, task);
}

function clearFinal(tx: Transaction, task: TaskRecord): void {
  task.era++;
  task.failed += task.failedFinal;
  task.failedFinal = 0;
  recountExpected(tx, task);
}

function processAgain(tx: Transaction, task: TaskRecord): void {
  task.attempt = 0;
  task.giveBacks = 0;
  tx.event(task, 'retried');
  enqueue(tx, task, tx.nextToken());
}

/** To the workers now, with what there is. */
export function release(tx: Transaction, call: ReleaseCall): ReleaseOutcome {
  const task = kept(tx, call.task);
  if (!task) return { kind: 'not-found' };
  if (task.nonces.release === call.nonce) return { kind: 'released', state: taskState(task) };
  if (task.shelf === 'delayed') {
    enqueue(tx, task, tx.nextToken());
  } else if (task.shelf === 'open' || task.shelf === 'locked') {
    releaseNow(tx, task);
  } else return { kind: 'late', state: taskState(task) };
  task.nonces.release = call.nonce;
  return { kind: 'released', state: taskState(task) };
}

function releaseNow(tx: Transaction, task: TaskRecord): void {
  endLocks(tx, task);
  if (task.closedAt === null) {
    task.closedAt = tx.now;
    task.closedBy = 'call';
    tx.event(task, 'closed');
  }
  task.incomplete = isShort(tx, task);
  releaseTask(tx, task);
}

/** Ends a task for good; whoever holds a lock or a claim of it learns so at its next call. */
export function cancel(tx: Transaction, call: CancelCall): CancelOutcome {
  const task = kept(tx, call.task);
  if (!task) return { kind: 'not-found' };
  if (task.nonces.cancel === call.nonce) return { kind: 'cancelled' };
  if (task.endedAt !== null) return { kind: 'already-ended', state: taskState(task) };
  task.nonces.cancel = call.nonce;
  endClaim(tx, task, 'overdue');
  failTask(tx, task, 'cancelled', call.reason);
  return { kind: 'cancelled' };
}

/** Forgets an ended task; a stub answers late calls for a while. */
export function remove(tx: Transaction, call: RemoveCall): RemoveOutcome {
  const task = tx.find(call.task);
  if (task?.nonces.remove === call.nonce) return { kind: 'removed' };
  if (!task || task.shelf === 'removed') return { kind: 'not-found' };
  if (task.endedAt === null) return { kind: 'not-ended', state: taskState(task) };
  task.nonces.remove = call.nonce;
  task.endedAt = tx.now;
  task.clearing = 'units';
  for (const kind of ['info', 'result', 'expect'] as const) tx.ledger.putPayload(task.id, kind, null);
  tx.event(task, 'removed');
  tx.move(task, 'removed', tx.now);
  return { kind: 'removed' };
}
