/** A failed task in the hands of a consumer of dead letters, until it is acknowledged. */
import { ACKNOWLEDGED, FAILED_RETENTION } from '../../../core/options.js';
import type {
  ClaimFailedCall,
  ClaimFailedOutcome,
  ExtendFailedCall,
  ExtendFailedOutcome,
  SettleFailedCall,
  SettleFailedOutcome,
  StaleOutcome,
} from '../../../core/store.js';
import { cancelledOf, kept } from '../life.js';
import type { LetterRecord, TaskRecord } from '../records.js';
import { taskState } from '../records.js';
import type { Transaction } from '../transaction.js';

const NEVER_GIVEN: LetterRecord = {
  token: null,
  nonce: '',
  worker: '',
  attempt: 0,
  settled: 0,
  again: 0,
  acknowledgedAt: null,
};

export function claimFailed(tx: Transaction, call: ClaimFailedCall): ClaimFailedOutcome {
  const task = kept(tx, call.task);
  if (task?.shelf !== 'failed') return { kind: 'none' };
  const letter = task.letter ?? NEVER_GIVEN;
  if (letter.token !== null && letter.nonce === call.nonce) return given(tx, task, letter, letter.token);
  // A repeat of a call whose letter is settled gets none; so does everybody before its moment, and once it is acknowledged.
  if (letter.nonce === call.nonce || task.due > tx.now + FAILED_RETENTION) return { kind: 'none' };
  watch(tx);
  const token = tx.nextToken();
  task.letter = { ...letter, token, nonce: call.nonce, worker: call.worker, attempt: letter.attempt + 1 };
  giveFrom(tx, task, tx.now + call.lease);
  return given(tx, task, task.letter, token);
}

function given({ now }: Transaction, task: TaskRecord, { attempt }: LetterRecord, token: number): ClaimFailedOutcome {
  return { kind: 'claimed', token, until: task.due - FAILED_RETENTION, attempt, now };
}

/** The namespace has a consumer from now on. */
export function watch(tx: Transaction): void {
  if (!tx.isWatched) tx.shard.watched = tx.now;
}

/** Nobody else gets it before that moment. */
function giveFrom(tx: Transaction, task: TaskRecord, moment: number): void {
  tx.move(task, 'failed', moment + FAILED_RETENTION);
}

interface Held extends TaskRecord {
  letter: LetterRecord;
}

/** The task, if the token is that of who holds its letter: also when the lease is over and nobody else has it. */
function heldBy(tx: Transaction, call: { readonly task: string; readonly token: number }): Held | undefined {
  const task = kept(tx, call.task);
  return task?.shelf === 'failed' && task.letter?.token === call.token ? (task as Held) : undefined;
}

export function settleFailed(tx: Transaction, call: SettleFailedCall): SettleFailedOutcome {
  const task = heldBy(tx, call);
  if (!task) return settledBefore(tx, call) ?? stale(tx, call.task);
  const again = call.again === null ? 0 : tx.now + call.again;
  const acknowledgedAt = call.again === null ? tx.now : null;
  task.letter = { ...task.letter, token: null, settled: call.token, again, acknowledgedAt };
  if (acknowledgedAt === null) giveFrom(tx, task, again);
  else tx.move(task, 'failed', ACKNOWLEDGED + (task.endedAt ?? tx.now) + FAILED_RETENTION);
  return outcomeOf(task.letter);
}

function outcomeOf({ acknowledgedAt, again }: LetterRecord): SettleFailedOutcome {
  return acknowledgedAt === null ? { kind: 'again', at: again } : { kind: 'acknowledged' };
}

/** A repeat. */
function settledBefore(tx: Transaction, call: SettleFailedCall): SettleFailedOutcome | undefined {
  const letter = kept(tx, call.task)?.letter;
  return letter?.settled === call.token ? outcomeOf(letter) : undefined;
}

export function extendFailed(tx: Transaction, call: ExtendFailedCall): ExtendFailedOutcome {
  const task = heldBy(tx, call);
  if (!task) return stale(tx, call.task);
  const until = tx.now + call.lease;
  giveFrom(tx, task, until);
  return { kind: 'extended', until, now: tx.now };
}

function stale(tx: Transaction, name: string): StaleOutcome {
  const task = tx.find(name);
  const state = task ? taskState(task) : null;
  return { kind: 'stale', currentToken: kept(tx, name)?.letter?.token ?? null, state, ...(task && cancelledOf(task)) };
}
