import { FREE_GIVE_BACKS } from '../../../core/options.js';
import type {
  CompleteCall,
  CompleteOutcome,
  ExtendClaimCall,
  ExtendClaimOutcome,
  FailClaimCall,
  FailClaimOutcome,
  GiveBackCall,
  GiveBackOutcome,
  StaleOutcome,
} from '../../../core/store.js';
import { cancelledOf, completeTask, endClaim, enqueue, failAttempt, failTask, optionsOf } from '../life.js';
import type { ClaimRecord, EndedClaim, TaskRecord } from '../records.js';
import { taskState } from '../records.js';
import type { Transaction } from '../transaction.js';

interface Claimed extends TaskRecord {
  claim: ClaimRecord;
}

/** The task if the call's token is that of its live claim. */
function claimedBy(tx: Transaction, call: { task: string; token: number }): Claimed | undefined {
  const task = tx.find(call.task);
  return task?.claim?.token === call.token ? (task as Claimed) : undefined;
}

/** How the claim of that token ended, if it was the last one and ended so. */
function endedAs(
  tx: Transaction,
  call: { task: string; token: number },
  ended: EndedClaim['ended'],
): EndedClaim | undefined {
  const last = tx.find(call.task)?.lastClaim;
  return last?.token === call.token && last.ended === ended ? last : undefined;
}

function stale(tx: Transaction, name: string): StaleOutcome {
  const task = tx.find(name);
  const state = task ? taskState(task) : null;
  return { kind: 'stale', currentToken: task?.claim?.token ?? null, state, ...(task && cancelledOf(task)) };
}

/** The merge is done: accepted from the live claim only. */
export function complete(tx: Transaction, call: CompleteCall): CompleteOutcome {
  const task = claimedBy(tx, call);
  if (!task) return endedAs(tx, call, 'completed') ? { kind: 'completed' } : stale(tx, call.task);
  endClaim(tx, task, 'completed');
  completeTask(tx, task, call.result);
  return { kind: 'completed' };
}

/** The attempt failed; another follows if one is left and it is of use. */
export function failClaim(tx: Transaction, call: FailClaimCall): FailClaimOutcome {
  const task = claimedBy(tx, call);
  if (!task) {
    const retrying = endedAs(tx, call, 'retrying');
    if (retrying) return { kind: 'retrying', at: retrying.at };
    return endedAs(tx, call, 'failed') ? { kind: 'failed' } : stale(tx, call.task);
  }
  failAttempt(tx, task, { error: call.error, ended: 'failed', retry: call.retry, delay: call.delay });
  return (task as TaskRecord).shelf === 'failed'
    ? { kind: 'failed' }
    : { kind: 'retrying', at: task.lastClaim?.at ?? tx.now };
}

/** The worker lives: its lease runs on, never past the attempt's time limit. */
export function extendClaim(tx: Transaction, call: ExtendClaimCall): ExtendClaimOutcome {
  const task = claimedBy(tx, call);
  if (!task) return stale(tx, call.task);
  const until = Math.min(tx.now + call.lease, task.claim.timeoutAt);
  task.claim.leaseUntil = until;
  tx.move(task, 'processing', until);
  return { kind: 'extended', until, now: tx.now };
}

/** Back to its place in the queue; the attempt is not spent, unless this happens over and over. */
export function giveBack(tx: Transaction, call: GiveBackCall): GiveBackOutcome {
  const task = claimedBy(tx, call);
  if (!task) {
    const ended = endedAs(tx, call, 'given-back');
    return ended ? { kind: 'given-back', spent: ended.at > 0 } : stale(tx, call.task);
  }
  task.giveBacks++;
  const spent = task.giveBacks > FREE_GIVE_BACKS;
  endClaim(tx, task, 'given-back', spent ? tx.now : 0);
  tx.event(task, 'given-back');
  if (!spent) task.attempt--;
  if (spent && task.attempt >= optionsOf(task).attempts) failTask(tx, task, 'attempts', 'given back too often');
  else enqueue(tx, task, task.queued);
  return { kind: 'given-back', spent };
}
