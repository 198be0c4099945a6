import { DEFAULT_TASK_OPTIONS, FAILED_RETENTION, UNIT_RETENTION } from '../../core/options.js';
import type { ClosedBy, FailureReason, Shelf, TaskState, UnitState } from '../../core/states.js';
import type { TaskOptions, Verb } from '../../core/store.js';

/** A task as the ledger keeps it. Payloads (info, result, errors, expected names) are kept beside it. */
export interface TaskRecord {
  readonly name: string;
  /** The incarnation: unique in the ledger, never used again. Units and payloads hang on it. */
  readonly id: number;
  shelf: Shelf;
  /** The next moment at which the sweep must look, or earlier; the place in the queue on the shelf `released`. */
  due: number;
  createdAt: number;
  idleTimeout: number;
  /** When `open` declared it. */
  openedAt: number | null;
  closeWhenIdle: number | null;
  closeAt: number | null;
  closedAt: number | null;
  closedBy: ClosedBy | null;
  releasedAt: number | null;
  endedAt: number | null;
  /** What `open` or `close` named; complete once closed. The names of an `expect` list are a payload. */
  options: Partial<Omit<TaskOptions, 'expect'>>;
  /** How many units are expected; `null` for no expectation. */
  expect: number | null;
  expectNamed: boolean;
  /** Expected names neither done nor failed for good; kept for a list only. */
  expectLeft: number;
  live: number;
  done: number;
  /** Failed, and waited for. */
  failed: number;
  /** Failed for good. */
  failedFinal: number;
  expired: number;
  /** Units with a lower or equal lock token have lost their locks. */
  floor: number;
  /** Counts the retries that cleared `final`: only what failed for good in this era counts so. */
  era: number;
  /** Creation, or the end of the last lock. */
  idleFrom: number;
  /** The end of the last lock that ended failed or expired. */
  troubleAt: number;
  /** The highest `endOrder` of its units. */
  lastEndOrder: number;
  /** Not later than the earliest deadline of a live lock. */
  lockDue: number;
  /** The close, or the retry: the deadline counts from there. */
  waitsFrom: number;
  deadlineAt: number | null;
  /** After a retry: grace lasts at least until then. */
  graceUntil: number;
  /** Since the last retry. */
  attempt: number;
  /** Ever: the number under which an attempt's error is kept. */
  runs: number;
  giveBacks: number;
  /** The place in the queue that a claim given back returns to. */
  queued: number;
  claim: ClaimRecord | null;
  lastClaim: EndedClaim | null;
  incomplete: boolean;
  failure: FailureReason | null;
  reason: string | null;
  nonces: Partial<Record<Verb, string>>;
  /** What the close carried. */
  context: string | null;
  /** What consumers of dead letters did with its failure. */
  letter: LetterRecord | null;
  /** How far the clearing of a completed task's units has come. */
  clearing: 'results' | 'units' | 'record';
  clearedTo: { readonly score: number; readonly key: number } | null;
}

export interface ClaimRecord {
  readonly token: number;
  readonly nonce: string;
  readonly worker: string;
  readonly since: number;
  leaseUntil: number;
  readonly timeoutAt: number;
}

export interface EndedClaim {
  readonly token: number;
  readonly ended: 'completed' | 'retrying' | 'failed' | 'given-back' | 'overdue';
  /** What the call that ended it answered: a repeat gets it again. */
  readonly at: number;
}

/** A dead letter in the hands of its consumers. A new failure begins without one. */
export interface LetterRecord {
  /** Of who holds it; null when nobody does. */
  readonly token: number | null;
  readonly nonce: string;
  readonly worker: string;
  /** How often it was given. */
  readonly attempt: number;
  /** The last token that settled it, and what the call answered: a repeat gets it again. */
  readonly settled: number;
  readonly again: number;
  readonly acknowledgedAt: number | null;
}

export interface UnitRecord {
  readonly name: string;
  state: UnitState;
  token: number;
  nonce: string;
  holder: string;
  lockedAt: number;
  renewedAt: number;
  until: number;
  holdUntil: number;
  endedAt: number | null;
  /**
   * Orders the failed and the expired units of a task by their ends; those that ran out at the same moment share a number. Null
   * for other units, and for locks that ended all at once with the task.
   */
  endOrder: number | null;
  /** The era of the task in which it failed for good; 0 when it did not. */
  final: number;
  error: string | null;
  result: string | null;
  /** What the unlock carried. */
  context: string | null;
  /** What is kept of its earlier locks; null for most. */
  history: UnitHistory | null;
  /** Where the ledger keeps it; 0 before it does. Orders units of equal deadline. */
  place: number;
}

/** What is kept of the earlier locks of a unit that was redone, or whose task counts them. */
export interface UnitHistory {
  /** The era of the task in which `tries` were counted: later ones begin anew. */
  readonly era: number;
  /** Locks that ended failed or expired. */
  readonly tries: number;
  /** Its backoff ends then; 0 for none. */
  readonly freeFrom: number;
  /** The nonce of the last redo; empty for none. */
  readonly redo: string;
}

/** The counters of one namespace. */
export interface ShardRecord {
  lastToken: number;
  lastEvent: number;
  shelves: Record<Shelf, number>;
  completed: number;
  failed: number;
  /** When something was last written, to a second: of the store's own time. */
  seen: number;
  /** How far the store's own time leads the clock, in ms: the clock was set back by so much. */
  lead: number;
  /** When the first consumer of dead letters came; 0 before: from then on what is not acknowledged is kept. */
  watched: number;
}

export function taskState(task: TaskRecord): TaskState {
  if (task.shelf === 'delayed') return 'released';
  if (task.shelf === 'removed') return task.failure === null ? 'completed' : 'failed';
  return task.shelf;
}

/** The state of a unit as everybody sees it: a lock that the task's floor ended reads as expired. */
export function unitState(task: TaskRecord, unit: UnitRecord): UnitState {
  return unit.state === 'locked' && unit.token <= task.floor ? 'expired' : unit.state;
}

export function isFinal(task: TaskRecord, unit: UnitRecord): boolean {
  return unit.state === 'failed' && unit.final === task.era;
}

/** Units of the task, whatever their state. */
export function unitCount(task: TaskRecord): number {
  return task.live + task.done + task.failed + task.failedFinal + task.expired;
}

/**
 * When the record of an ended task may be removed; null for one that has not ended, or whose failure is to be acknowledged
 * first: `isWatched` where the namespace has a consumer of dead letters.
 */
export function recordEnd(task: TaskRecord, isWatched: boolean): number | null {
  if (task.endedAt === null) return null;
  if (task.shelf === 'completed') return task.endedAt + (task.options.retention ?? DEFAULT_TASK_OPTIONS.retention);
  if (task.shelf === 'failed' && isWatched && task.letter?.acknowledgedAt == null) return null;
  if (task.shelf === 'failed') return task.endedAt + FAILED_RETENTION;
  if (task.shelf === 'removed') return task.endedAt + UNIT_RETENTION;
  return null;
}
