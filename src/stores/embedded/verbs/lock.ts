import type { LockCall, LockOutcome } from '../../../core/store.js';
import { MAX_UNITS } from '../../../core/store.js';
import { countExpected, expireLock, settle } from '../life.js';
import type { TaskRecord, UnitRecord } from '../records.js';
import { isFinal, taskState, unitCount, unitState } from '../records.js';
import type { Transaction } from '../transaction.js';
import { freeFrom, isSpent, limitsUnits } from '../unit-history.js';

/** Gives the unit to the caller if nobody holds it, it is not done, and the task still takes units. */
export function lock(tx: Transaction, call: LockCall): LockOutcome {
  const known = tx.find(call.task);
  const unit = known && known.shelf !== 'removed' ? tx.unit(known, call.unit) : undefined;
  const state = known && unit ? unitState(known, unit) : undefined;

  if (unit && state === 'locked' && call.nonce !== undefined && unit.nonce === call.nonce) return granted(tx, unit);
  if (known && unit && state === 'done' && keepsResults(known)) return { kind: 'done', result: unit.result };
  if (known && !takesUnits(tx, known)) return { kind: 'late', state: taskState(known), unitState: state ?? null };
  if (known && unit && state === 'locked' && unit.until > tx.now) {
    if (!call.refresh) return { kind: 'held', holder: unit.holder, until: unit.until, now: tx.now };
    return refresh(tx, known, unit, call);
  }
  if (known && unit && limitsUnits(known)) {
    const refusal = keptBack(tx, known, unit);
    if (refusal) return refusal;
  }
  if (known && !unit && unitCount(known) >= MAX_UNITS) return { kind: 'full' };

  const task = known ?? tx.create(call.task, call.idleTimeout);
  const next = unit ?? newUnit(call.unit);
  if (unit) leaveState(tx, task, unit);
  hold(tx, task, next, call);
  return granted(tx, next);
}

/** Why its attempts or its backoff keep a unit from being locked. An overdue lock ends here, and is counted. */
function keptBack(tx: Transaction, task: TaskRecord, unit: UnitRecord): LockOutcome | undefined {
  if (unitState(task, unit) === 'locked') expireLock(tx, task, unit, 'alone');
  const spent = isSpent(task, unit);
  const until = freeFrom(task, unit);
  if (!spent && until <= tx.now) return undefined;
  settle(tx, task);
  if (!takesUnits(tx, task)) return { kind: 'late', state: taskState(task), unitState: unitState(task, unit) };
  return spent ? { kind: 'failed', error: unit.error } : { kind: 'held', holder: '', until, now: tx.now };
}

function keepsResults(task: TaskRecord): boolean {
  return task.shelf !== 'completed' || task.options.worker === false;
}

function takesUnits(tx: Transaction, task: TaskRecord): boolean {
  if (task.shelf === 'open') return true;
  return task.shelf === 'locked' && tx.now < (task.deadlineAt ?? tx.now);
}

/** Takes a free unit out of the count of its state; an overdue lock ends here without a trace. */
function leaveState(tx: Transaction, task: TaskRecord, unit: UnitRecord): void {
  const state = unitState(task, unit);
  if (state === 'locked') task.live--;
  else if (state === 'expired') task.expired--;
  else if (isFinal(task, unit)) {
    task.failedFinal--;
    countExpected(tx, task, unit.name, 1);
  } else task.failed--;
}

function hold(tx: Transaction, task: TaskRecord, unit: UnitRecord, call: LockCall): void {
  unit.state = 'locked';
  unit.token = tx.nextToken();
  unit.nonce = call.nonce ?? '';
  unit.holder = call.holder;
  unit.lockedAt = tx.now;
  unit.renewedAt = tx.now;
  unit.holdUntil = tx.now + call.maxHold;
  unit.until = lockDeadline(tx, task, unit, call.ttl);
  unit.endedAt = null;
  unit.endOrder = null;
  unit.final = 0;
  unit.error = null;
  unit.context = null;
  task.live++;
  task.lockDue = Math.min(task.lockDue, unit.until);
  tx.saveUnit(task, unit);
  settle(tx, task);
}

function refresh(tx: Transaction, task: TaskRecord, unit: UnitRecord, call: LockCall): LockOutcome {
  unit.renewedAt = tx.now;
  unit.until = lockDeadline(tx, task, unit, call.ttl);
  task.lockDue = Math.min(task.lockDue, unit.until);
  tx.saveUnit(task, unit);
  settle(tx, task);
  return granted(tx, unit);
}

/** No lock lives past its longest hold or past the task's deadline. */
export function lockDeadline(tx: Transaction, task: TaskRecord, unit: UnitRecord, ttl: number): number {
  return Math.min(tx.now + ttl, unit.holdUntil, task.deadlineAt ?? Number.MAX_SAFE_INTEGER);
}

function granted(tx: Transaction, unit: UnitRecord): LockOutcome {
  const { token, until, holdUntil } = unit;
  return { kind: 'locked', token, until, holdUntil, now: tx.now };
}

function newUnit(unitName: string): UnitRecord {
  return {
    name: unitName,
    state: 'locked',
    token: 0,
    nonce: '',
    holder: '',
    lockedAt: 0,
    renewedAt: 0,
    until: 0,
    holdUntil: 0,
    endedAt: null,
    endOrder: null,
    final: 0,
    error: null,
    result: null,
    context: null,
    history: null,
    place: 0,
  };
}
