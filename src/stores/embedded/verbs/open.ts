import type { OpenCall, OpenOutcome } from '../../../core/store.js';
import { name, settle } from '../life.js';
import { taskState } from '../records.js';
import type { Transaction } from '../transaction.js';

/** Declares a task before its units, or one that a lock created. The first call's declaration is kept. */
export function open(tx: Transaction, call: OpenCall): OpenOutcome {
  const known = tx.find(call.task);
  if (known?.nonces.open === call.nonce) return { kind: 'opened', state: taskState(known) };
  if (known && known.shelf !== 'open') return { kind: 'late', state: taskState(known) };
  if (known && known.openedAt !== null) return { kind: 'already-open', state: 'open' };

  const task = known ?? tx.create(call.task, call.idleTimeout);
  task.openedAt = tx.now;
  task.closeWhenIdle = call.closeWhenIdle;
  task.closeAt = call.closeAfter === null ? null : tx.now + call.closeAfter;
  task.nonces.open = call.nonce;
  if (call.info !== null) tx.ledger.putPayload(task.id, 'info', call.info);
  name(tx, task, call);
  tx.event(task, 'opened');
  settle(tx, task);
  return { kind: 'opened', state: taskState(task) };
}
