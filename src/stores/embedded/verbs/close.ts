import type { CloseCall, CloseOutcome } from '../../../core/store.js';
import { closeTask, name, progressOf, setDeadline, settle } from '../life.js';
import type { TaskRecord } from '../records.js';
import type { Transaction } from '../transaction.js';

/** No more units will start. The first close wins, but one of its own accord gives way to a call. */
export function close(tx: Transaction, call: CloseCall): CloseOutcome {
  const known = tx.find(call.task);
  if (known?.nonces.close === call.nonce) return { kind: 'closed', ...progressOf(known) };
  if (!known || known.shelf === 'open') return first(tx, known ?? tx.create(call.task, call.idleTimeout), call);
  if (known.closedAt === null || known.shelf === 'removed') return { kind: 'late', ...progressOf(known) };
  if (known.shelf !== 'locked') return { kind: 'already-closed', ...progressOf(known) };
  if (call.replace) return replace(tx, known, call);
  if (known.closedBy !== 'call') return adopt(tx, known, call);
  return { kind: 'already-closed', ...progressOf(known) };
}

function first(tx: Transaction, task: TaskRecord, call: CloseCall): CloseOutcome {
  inform(tx, task, call);
  name(tx, task, call);
  closeTask(tx, task, 'call');
  return { kind: 'closed', ...progressOf(task) };
}

function replace(tx: Transaction, task: TaskRecord, call: CloseCall): CloseOutcome {
  inform(tx, task, call);
  name(tx, task, call);
  setDeadline(task);
  return adopted(tx, task);
}

/** The task had closed by itself: the call's info counts, its options come too late. */
function adopt(tx: Transaction, task: TaskRecord, call: CloseCall): CloseOutcome {
  inform(tx, task, call);
  return adopted(tx, task);
}

function adopted(tx: Transaction, task: TaskRecord): CloseOutcome {
  task.closedBy = 'call';
  settle(tx, task);
  return { kind: 'closed', ...progressOf(task) };
}

function inform(tx: Transaction, task: TaskRecord, call: CloseCall): void {
  task.nonces.close = call.nonce;
  if (call.context !== undefined) task.context = call.context;
  tx.save(task);
  if (call.info !== undefined) tx.ledger.putPayload(task.id, 'info', call.info);
}
