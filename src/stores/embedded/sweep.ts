/** The sweep: ends what is due, a bounded number of steps at a time. Whatever is left stays due. */
import { MAX_DEAD_LETTERS, MAX_TOMBSTONES, UNIT_RETENTION } from '../../core/options.js';
import type { Shelf } from '../../core/states.js';
import type { SweepOutcome, TimeoutLocksOutcome } from '../../core/store.js';
import { hasRemovable, isCountedBeyond, letterEnd, removable } from './dead-letters.js';
import type { Position } from './ledger.js';
import { closeTask, endLocks, endWaiting, expireLock, failAttempt, failTask, idleEnd, settle } from './life.js';
import type { TaskRecord, UnitRecord } from './records.js';
import { recordEnd } from './records.js';
import type { Transaction } from './transaction.js';
import { ripen } from './verbs/claim.js';

/** Units that clearing touches at once, and how many steps that counts for: one call must not take long. */
const CLEARING_STEP = 500;
const CLEARING_COST = 50;

class Sweep {
  locks = 0;
  attempts = 0;
  tasks = 0;
  removed = 0;
  steps = 0;

  constructor(
    readonly tx: Transaction,
    readonly limit: number,
  ) {}

  get left(): number {
    return this.limit - this.steps;
  }

  /** Hands each due task of a shelf to `step`. */
  due(shelf: Shelf, step: (sweep: Sweep, task: TaskRecord) => void): void {
    if (this.left <= 0 || this.tx.shard.shelves[shelf] === 0) return;
    this.tx.flush();
    for (const listed of this.tx.ledger.shelf(shelf, this.left, this.tx.now)) {
      this.steps++;
      step(this, this.tx.adopt(listed));
      if (this.left <= 0) break;
    }
  }
}

const SWEPT_SHELVES = ['processing', 'locked', 'open', 'delayed', 'completed', 'failed', 'removed'] as const;

export function sweep(tx: Transaction, limit: number, only?: 'processing'): SweepOutcome {
  const run = new Sweep(tx, limit);
  run.due('processing', endAttempt);
  if (only === undefined) {
    run.due('locked', endWaits);
    run.due('open', endIdleness);
    const ripe = run.left > 0 ? ripen(tx, run.left) : 0;
    run.tasks += ripe;
    run.steps += ripe;
    run.due('completed', clear);
    dropDeadLetters(run);
    run.due('removed', clear);
    capRecords(run);
    collect(run);
    tx.ledger.forgetClaims(tx.now);
  }
  tx.flush();
  const nextDue = earliest(tx);
  const more = run.left <= 0 || (nextDue !== null && nextDue <= tx.now && only === undefined);
  if (!more && only === undefined) followClock(tx);
  const { locks, attempts, tasks, removed } = run;
  return { locks, attempts, tasks, removed, more, nextDue, now: tx.now };
}

/** The outcome of a sweep that has nothing to do; undefined when something is due. */
export function nothingDue(tx: Transaction): SweepOutcome | undefined {
  // Its lead is to be written down, or given up.
  if (tx.leads) return undefined;
  const nextDue = earliest(tx);
  if (nextDue !== null && nextDue <= tx.now) return undefined;
  if (CAPPED_SHELVES.some(([shelf, cap]) => tx.shard.shelves[shelf] > cap && hasRemovable(tx, shelf))) return undefined;
  return { locks: 0, attempts: 0, tasks: 0, removed: 0, more: false, nextDue, now: tx.now };
}

/** The store's own time, which the clock was set back from, is given up once no lease, grace, idle time or dead letter is counted by it. */
function followClock(tx: Transaction): void {
  if (!tx.leads) return;
  const { open, locked, delayed, processing } = tx.shard.shelves;
  if (open + locked + delayed + processing === 0 && !isCountedBeyond(tx, tx.clock)) tx.followClock();
}

const CAPPED_SHELVES = [
  ['failed', MAX_DEAD_LETTERS],
  ['completed', MAX_TOMBSTONES],
] as const;

function earliest(tx: Transaction): number | null {
  if (tx.ledger.hasOrphans()) return tx.now;
  let first: number | null = null;
  for (const shelf of SWEPT_SHELVES) {
    const due = tx.shard.shelves[shelf] === 0 ? null : shelf === 'failed' ? letterEnd(tx) : tx.ledger.firstDue(shelf);
    if (due !== null && (first === null || due < first)) first = due;
  }
  return first;
}

/** A lease or the time limit of an attempt has run out. */
function endAttempt(run: Sweep, task: TaskRecord): void {
  const { tx } = run;
  if (task.claim === null) return;
  const timedOut = task.claim.timeoutAt <= tx.now;
  if (!timedOut && task.claim.leaseUntil > tx.now) return tx.move(task, 'processing', task.claim.leaseUntil);
  const message = timedOut ? 'the attempt took longer than its timeout' : 'the lease ran out: the worker is gone';
  const error = JSON.stringify({ name: timedOut ? 'TimeoutError' : 'LeaseLostError', message });
  failAttempt(tx, task, { error, ended: 'overdue', retry: true, delay: null });
  run.attempts++;
}

/** Overdue locks of a closed task, its grace and its deadline. */
function endWaits(run: Sweep, task: TaskRecord): void {
  expireOverdue(run, task);
  if (run.tx.now >= (task.deadlineAt ?? 0)) {
    run.locks += task.live;
    endLocks(run.tx, task);
    endWaiting(run.tx, task);
  } else settle(run.tx, task);
  if (task.shelf !== 'locked') run.tasks++;
}

/** Overdue locks of an open task, its idleness and its age. */
function endIdleness(run: Sweep, task: TaskRecord): void {
  const { tx } = run;
  expireOverdue(run, task);
  const idle = task.live === 0 && idleEnd(task) <= tx.now;
  if (task.closeAt !== null && task.closeAt <= tx.now) closeTask(tx, task, 'age');
  else if (idle && task.closeWhenIdle !== null && task.closeWhenIdle <= task.idleTimeout) closeTask(tx, task, 'idle');
  else if (idle) failTask(tx, task, 'never-closed');
  else settle(tx, task);
  if (task.shelf !== 'open') run.tasks++;
}

function expireOverdue(run: Sweep, task: TaskRecord): void {
  const { tx } = run;
  if (task.live === 0 || task.lockDue > tx.now) return;
  tx.flush();
  const limit = Math.max(1, run.left);
  for (const listed of tx.ledger.unfinished(task.id, 'locked', limit, tx.now)) {
    run.steps++;
    const unit = tx.adoptUnit(task, listed);
    if (unit.token <= task.floor) {
      // Its lock ended with the task's floor and is counted as expired already: only the record lags behind.
      unit.state = 'expired';
      tx.saveUnit(task, unit);
    } else {
      expireLock(tx, task, unit, 'swept');
      run.locks++;
    }
  }
  tx.flush();
  task.lockDue = tx.ledger.unfinished(task.id, 'locked', 1)[0]?.until ?? Number.MAX_SAFE_INTEGER;
}

/** The units of a completed task lose their results, then go; the record goes last. */
function clear(run: Sweep, task: TaskRecord): void {
  const { tx } = run;
  if (task.clearing !== 'record') run.steps += CLEARING_COST - 1;
  if (task.clearing === 'results') {
    task.clearedTo = tx.ledger.clearResults(task.id, CLEARING_STEP, task.clearedTo ?? undefined);
    if (task.clearedTo === null) task.clearing = 'units';
    const next = task.clearedTo === null ? (task.endedAt ?? 0) + UNIT_RETENTION : tx.now;
    return tx.move(task, task.shelf, next);
  }
  if (task.clearing === 'units') {
    if (tx.ledger.dropUnits(task.id, CLEARING_STEP)) return tx.move(task, task.shelf, tx.now);
    task.clearing = 'record';
    return tx.move(task, task.shelf, recordEnd(task, tx.isWatched) ?? tx.now);
  }
  dropRecord(run, task);
}

function dropDeadLetters(run: Sweep): void {
  const { tx } = run;
  if (run.left <= 0 || tx.shard.shelves.failed === 0) return;
  tx.flush();
  for (const listed of removable(tx, run.left, tx.now)) {
    run.steps++;
    dropRecord(run, tx.adopt(listed));
  }
}

function dropRecord(run: Sweep, task: TaskRecord): void {
  run.tx.drop(task);
  run.removed++;
}

/** Dead letters and tombstones are capped: the oldest go first, tombstones not before their minimum. */
function capRecords(run: Sweep): void {
  const { tx } = run;
  for (const [shelf, cap] of CAPPED_SHELVES) {
    const surplus = Math.min(tx.shard.shelves[shelf] - cap, run.left);
    if (surplus <= 0) continue;
    tx.flush();
    const listings = shelf === 'failed' ? removable(tx, surplus) : tx.ledger.shelf(shelf, surplus);
    for (const listed of listings) {
      const task = tx.adopt(listed);
      if (shelf === 'completed' && (task.endedAt ?? 0) + UNIT_RETENTION > tx.now) continue;
      run.steps++;
      dropRecord(run, task);
    }
  }
}

function collect(run: Sweep): void {
  while (run.left > 0 && run.tx.ledger.collectOrphans(CLEARING_STEP) > 0) run.steps += CLEARING_COST;
}

/** Ends the locks of open and closed tasks that were not renewed for `ms`: one page of a walk over both. */
export function timeoutLocks(tx: Transaction, ms: number, cursor: string | null, limit: number): TimeoutLocksOutcome {
  const from = cursor === null ? { id: 0 } : (JSON.parse(cursor) as LockPosition);
  let { id } = from;
  let after = from.within;
  let ended = 0;
  let left = limit;
  // A page that ended within a task finds that task again.
  const tasks = tx.ledger.unreleased(after ? id - 1 : id, limit);
  // It may have moved on with its last lock.
  if (tasks[0]?.id !== id) after = undefined;
  for (const listed of tasks) {
    if (left <= 0) break;
    const task = tx.adopt(listed);
    if (task.id !== id) after = undefined;
    id = task.id;
    left--;
    do {
      const page = tx.ledger.unfinished(task.id, 'locked', Math.max(1, left), undefined, after);
      for (const found of page) if (endIfOld(tx, task, found, ms)) ended++;
      const last = page[page.length - 1];
      left -= page.length;
      after = last && left <= 0 ? { score: last.until, key: last.place } : undefined;
    } while (after && left > 0);
    settle(tx, task);
  }
  const atEnd = !after && left > 0 && tasks.length < limit;
  return { ended, cursor: atEnd ? null : JSON.stringify({ id, ...(after && { within: after }) }) };
}

function endIfOld(tx: Transaction, task: TaskRecord, found: UnitRecord, ms: number): boolean {
  const unit = tx.adoptUnit(task, found);
  const age = Math.max(0, tx.now - unit.renewedAt);
  if (unit.state !== 'locked' || unit.token <= task.floor || age < ms) return false;
  expireLock(tx, task, unit, 'swept');
  return true;
}

interface LockPosition {
  readonly id: number;
  readonly within?: Position;
}
