import type { ClaimCall, ClaimOutcome } from '../../../core/store.js';
import { MAX_BATCH_BYTES } from '../../../core/store.js';
import { optionsOf } from '../life.js';
import type { ClaimRecord, TaskRecord } from '../records.js';
import { shortfall } from '../shortfall.js';
import type { Transaction } from '../transaction.js';

/** Gives each caller the task that has waited longest, until the batch is full of bytes. */
export function claim(tx: Transaction, calls: readonly ClaimCall[]): ClaimOutcome[] {
  let bytes = 0;
  return calls.map((call): ClaimOutcome => {
    const task = bytes < MAX_BATCH_BYTES ? taskFor(tx, call) : undefined;
    if (!task) return { kind: 'none', waiting: tx.shard.shelves.released };
    const outcome = claimed(tx, task);
    bytes += outcome.kind === 'claimed' ? (outcome.info?.length ?? 0) : 0;
    return outcome;
  });
}

/** The next task; for a repeated call the one it got, or none when that claim has ended: a repeat claims no other. */
function taskFor(tx: Transaction, call: ClaimCall): TaskRecord | undefined {
  const name = tx.ledger.claimed(call.nonce);
  if (name === undefined) return next(tx, call);
  const task = tx.find(name);
  return task?.claim?.nonce === call.nonce ? task : undefined;
}

function next(tx: Transaction, call: ClaimCall): TaskRecord | undefined {
  ripen(tx);
  tx.flush();
  const [listed] = tx.ledger.shelf('released', 1);
  if (!listed) return undefined;
  const task = tx.adopt(listed);
  task.attempt++;
  task.runs++;
  const timeoutAt = tx.now + optionsOf(task).timeout;
  const leaseUntil = Math.min(tx.now + call.lease, timeoutAt);
  task.claim = {
    token: tx.nextToken(),
    nonce: call.nonce,
    worker: call.worker,
    since: tx.now,
    leaseUntil,
    timeoutAt,
  };
  tx.move(task, 'processing', leaseUntil);
  tx.ledger.rememberClaim(call.nonce, task.name);
  tx.event(task, 'claimed');
  return task;
}

/** How many delayed tasks join the queue at once. */
const RIPENED_AT_ONCE = 20;

/** Delayed tasks whose moment has come join the queue, a bounded number at a time. */
export function ripen(tx: Transaction, limit = RIPENED_AT_ONCE): number {
  const first = tx.shard.shelves.delayed === 0 ? null : tx.ledger.firstDue('delayed');
  if (first === null || first > tx.now) return 0;
  tx.flush();
  const ripe = tx.ledger.shelf('delayed', limit, tx.now);
  for (const listed of ripe) {
    const task = tx.adopt(listed);
    task.queued = tx.nextToken();
    tx.move(task, 'released', task.queued);
    tx.event(task, 'released');
  }
  return ripe.length;
}

function claimed(tx: Transaction, task: TaskRecord): ClaimOutcome {
  const { token, leaseUntil, timeoutAt } = task.claim as ClaimRecord;
  return {
    kind: 'claimed',
    task: task.name,
    incarnation: task.id,
    createdAt: task.createdAt,
    token,
    attempt: task.attempt,
    attempts: optionsOf(task).attempts,
    info: tx.ledger.payload(task.id, 'info'),
    leaseUntil,
    timeoutAt,
    now: tx.now,
    closedAt: task.closedAt ?? task.createdAt,
    releasedAt: task.releasedAt ?? tx.now,
    done: task.done,
    incomplete: task.incomplete ? shortfall(tx, task) : null,
    context: task.context,
  };
}
