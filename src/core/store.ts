/**
 * The contract between the client and a store. A store makes each call one atomic step; batches go in, outcomes come
 * out, in the same order, and each call of a batch is checked before its first write and answers alone.
 *
 * - Calls of one batch that name the same task take effect in their order; batches under way at the same time in any, if
 *   one has to be sent again. A caller that minds waits for the answer before.
 * - Names are 1–512 bytes of well-formed text; payloads (`info`, `result`, `error`) are JSON text, kept byte for byte
 *   and never parsed. Both were checked by the client; a store need not check them again.
 * - All times are milliseconds of the store's own clock, all durations milliseconds.
 * - A call whose fate is unknown may be sent again with the same nonce: a repeat has the effect of one.
 */
import type { ContactNote } from './contact.js';
import type { ClosedBy, FailureReason, TaskState, UnitState } from './states.js';

/** At most this many calls in one `apply` or `claim`. */
export const MAX_BATCH = 256;
/** At most this many elements in a page. */
export const MAX_PAGE = 1000;
/** A batch or a page ends at this many bytes of payload, or holds one element. */
export const MAX_BATCH_BYTES = 1_048_576;
/** At most this many bytes in the context of a call. */
export const MAX_CONTEXT_BYTES = 1024;
/** At most this many units in a task. */
export const MAX_UNITS = 1_000_000;
/** At most this many names in an `expect` list, and in the list of what is missing. */
export const MAX_EXPECT_NAMES = 1000;
/** At most this many names in the list of what an incomplete task lacks. */
export const MAX_MISSING_NAMES = 100;

/** Exponential backoff with jitter: `min(max, base · factor^(attempt − 1))`, spread down by up to `jitter` (0–1). */
export interface Backoff {
  /** The wait after the first attempt, in ms. Default 1000. */
  readonly base: number;
  /** How much longer each next one is. Default 2; 1–100. */
  readonly factor: number;
  /** The longest wait, in ms. Default 5 min. */
  readonly max: number;
  /** By how much of it a wait is shortened at random, so that not all come back at once. Default ½; 0–1. */
  readonly jitter: number;
}

/** How a task is closed and processed, complete. */
export interface TaskOptions {
  /** How often the merge is tried: 1 to 1000. */
  readonly attempts: number;
  /** The hard limit of one attempt, in ms. */
  readonly timeout: number;
  /** The wait between attempts. */
  readonly backoff: Backoff;
  /** A count, a list of unit names, or nothing. */
  readonly expect: number | readonly string[] | null;
  /** How long after the close waiting ends; `null` means 24 h, or 1 h with `expect`. */
  readonly deadline: number | null;
  /** How long a failed or expired unit may be taken over after the close, in ms. */
  readonly unitGrace: number;
  /** How many locks of a unit may end failed or expired: the last of them fails it for good. `null`: any number. */
  readonly unitAttempts: number | null;
  /** How long a unit cannot be locked after such an end; `null`: not at all. */
  readonly unitBackoff: Backoff | null;
  /** What becomes of a task whose units are not all done when waiting ends. */
  readonly incomplete: 'fail' | 'release';
  /** False: no merge; released means completed. */
  readonly worker: boolean;
  /** How long the record of a completed task is kept, in ms: at least 5 min. */
  readonly retention: number;
}

// ── Calls ───────────────────────────────────────────────────────────────────────────────────────────────────────────

interface TaskCall {
  readonly task: string;
}
interface NonceCall extends TaskCall {
  /** Names this call among all repeats of it. */
  readonly nonce: string;
}
interface CreatingCall extends TaskCall {
  /** Stored with the task if this call creates it: an open task idle for so long has failed. */
  readonly idleTimeout: number;
}
interface UnitCall extends TaskCall {
  readonly unit: string;
}

/** The caller's own defaults: each counts where neither this call nor an earlier one names anything. */
export type TaskDefaults = Partial<Omit<TaskOptions, 'expect'>>;
export interface OpenCall extends CreatingCall, NonceCall {
  readonly verb: 'open';
  readonly info: string | null;
  readonly options: Partial<TaskOptions>;
  readonly defaults?: TaskDefaults;
  readonly closeWhenIdle: number | null;
  readonly closeAfter: number | null;
}
export interface LockCall extends CreatingCall, UnitCall {
  readonly verb: 'lock';
  /** As for other calls. Without one the store names the call for its own repeats, and calls in a row travel shorter. */
  readonly nonce?: string;
  readonly ttl: number;
  readonly maxHold: number;
  readonly holder: string;
  /** A live lock of the unit, whoever holds it, gets a new deadline instead of the answer `held`. */
  readonly refresh: boolean;
}
export interface UnlockCall extends UnitCall {
  readonly verb: 'unlock';
  /** `null` is the form without fencing: any live or expired lock becomes done. */
  readonly token: number | null;
  readonly result: string | null;
  /** Kept with the unit for its readers: at most `MAX_CONTEXT_BYTES` of text, such as a trace context. */
  readonly context?: string;
}
export interface FailUnitCall extends UnitCall {
  readonly verb: 'failUnit';
  readonly token: number;
  readonly error: string;
  readonly final: boolean;
}
export interface ExtendLockCall extends UnitCall {
  readonly verb: 'extendLock';
  readonly token: number;
  readonly ttl: number;
}
/** Its holder stops: the unit is free for others at once, as if the lock had run out now. */
export interface LetGoCall extends UnitCall {
  readonly verb: 'letGo';
  readonly token: number;
}
export interface CloseCall extends CreatingCall, NonceCall {
  readonly verb: 'close';
  /** `undefined` keeps the info that was declared. */
  readonly info: string | null | undefined;
  readonly options: Partial<TaskOptions>;
  readonly defaults?: TaskDefaults;
  readonly replace: boolean;
  /** Kept with the task for its worker: at most `MAX_CONTEXT_BYTES` of text, such as a trace context. */
  readonly context?: string;
}
export interface CompleteCall extends TaskCall {
  readonly verb: 'complete';
  readonly token: number;
  readonly result: string | null;
}
export interface FailClaimCall extends TaskCall {
  readonly verb: 'failClaim';
  readonly token: number;
  readonly error: string;
  readonly retry: boolean;
  /** Instead of the backoff. */
  readonly delay: number | null;
}
export interface ExtendClaimCall extends TaskCall {
  readonly verb: 'extendClaim';
  readonly token: number;
  readonly lease: number;
}
export interface GiveBackCall extends TaskCall {
  readonly verb: 'giveBack';
  readonly token: number;
}
export interface RetryCall extends NonceCall {
  readonly verb: 'retry';
}
export interface ReleaseCall extends NonceCall {
  readonly verb: 'release';
}
export interface CancelCall extends NonceCall {
  readonly verb: 'cancel';
  readonly reason: string;
}
export interface RemoveCall extends NonceCall {
  readonly verb: 'remove';
}
export interface RedoCall extends NonceCall, UnitCall {
  readonly verb: 'redo';
  /** Why, as the error that the unit has then. */
  readonly error: string;
}

/** One dead letter for a consumer of them, which holds it until its lease is over. */
export interface ClaimFailedCall extends NonceCall {
  readonly verb: 'claimFailed';
  readonly lease: number;
  /** For people: who looks after it. */
  readonly worker: string;
}
export interface SettleFailedCall extends TaskCall {
  readonly verb: 'settleFailed';
  readonly token: number;
  /** It is given again so long from now; `null` acknowledges it: it is not given again unless the task fails anew. */
  readonly again: number | null;
}
export interface ExtendFailedCall extends TaskCall {
  readonly verb: 'extendFailed';
  readonly token: number;
  readonly lease: number;
}

export type Call =
  | OpenCall
  | LockCall
  | UnlockCall
  | FailUnitCall
  | ExtendLockCall
  | LetGoCall
  | CloseCall
  | CompleteCall
  | FailClaimCall
  | ExtendClaimCall
  | GiveBackCall
  | RetryCall
  | ReleaseCall
  | CancelCall
  | RemoveCall
  | RedoCall
  | ClaimFailedCall
  | SettleFailedCall
  | ExtendFailedCall;
export type Verb = Call['verb'];

// ── Outcomes ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where the task stands after the call. */
export interface Progress {
  readonly state: TaskState;
  /** What has to end before the release: live locks, failed and expired units, and expected ones not yet there. */
  readonly outstanding: number;
  readonly done: number;
}

export type OpenOutcome =
  | { readonly kind: 'opened'; readonly state: TaskState }
  | { readonly kind: 'already-open'; readonly state: TaskState }
  | { readonly kind: 'late'; readonly state: TaskState };
export type LockOutcome =
  | {
      readonly kind: 'locked';
      readonly token: number;
      readonly until: number;
      /** No renewal goes beyond. */
      readonly holdUntil: number;
      /** The store's clock when it answered. */
      readonly now: number;
    }
  /** `holder` is empty while the backoff of the unit lasts: then it is nobody's. */
  | { readonly kind: 'held'; readonly holder: string; readonly until: number; readonly now: number }
  | { readonly kind: 'done'; readonly result: string | null }
  /** `unitState`: what the unit was, while its name is kept; else, or when it is not known, `null`. */
  | { readonly kind: 'late'; readonly state: TaskState; readonly unitState: UnitState | null }
  /** The unit has failed for good, because as many locks as its task gives it (`unitAttempts`) ended failed or expired. */
  | { readonly kind: 'failed'; readonly error: string | null }
  /** The task has `MAX_UNITS` units. */
  | { readonly kind: 'full' };
export interface LostOutcome {
  readonly kind: 'lost';
  /** `null` when the task is not known. */
  readonly state: TaskState | null;
  /** Set when the task was cancelled. */
  readonly cancelled?: string;
}
export type UnlockOutcome = ({ readonly kind: 'done'; readonly released: boolean } & Progress) | LostOutcome;
export type FailUnitOutcome = ({ readonly kind: 'failed'; readonly released: boolean } & Progress) | LostOutcome;
export type ExtendLockOutcome =
  | { readonly kind: 'extended'; readonly until: number; readonly now: number }
  | LostOutcome;
export type LetGoOutcome = ({ readonly kind: 'let-go'; readonly released: boolean } & Progress) | LostOutcome;
export type CloseOutcome = { readonly kind: 'closed' | 'already-closed' | 'late' } & Progress;
export interface StaleOutcome {
  readonly kind: 'stale';
  /** The token of the live claim, if there is one. */
  readonly currentToken: number | null;
  readonly state: TaskState | null;
  readonly cancelled?: string;
}
export type CompleteOutcome = { readonly kind: 'completed' } | StaleOutcome;
export type FailClaimOutcome =
  | { readonly kind: 'retrying'; readonly at: number }
  | { readonly kind: 'failed' }
  | StaleOutcome;
export type ExtendClaimOutcome =
  | { readonly kind: 'extended'; readonly until: number; readonly now: number }
  | StaleOutcome;
export type GiveBackOutcome = { readonly kind: 'given-back'; readonly spent: boolean } | StaleOutcome;
/** There is no such task, or not any more. */
export interface NotFoundOutcome {
  readonly kind: 'not-found';
}
export type RetryOutcome =
  | { readonly kind: 'retried'; readonly state: TaskState }
  | { readonly kind: 'not-failed'; readonly state: TaskState }
  | NotFoundOutcome;
export type ReleaseOutcome =
  | { readonly kind: 'released'; readonly state: TaskState }
  | { readonly kind: 'late'; readonly state: TaskState }
  | NotFoundOutcome;
export type CancelOutcome =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'already-ended'; readonly state: TaskState }
  | NotFoundOutcome;
export type RemoveOutcome =
  | { readonly kind: 'removed' }
  | { readonly kind: 'not-ended'; readonly state: TaskState }
  | NotFoundOutcome;

export type RedoOutcome =
  | ({ readonly kind: 'redone' } & Progress)
  /** `unitState` is `null` for a unit that is not known. */
  | { readonly kind: 'not-done'; readonly state: TaskState; readonly unitState: UnitState | null }
  /** The task takes no units any more, and `retry` would not make it do so. */
  | { readonly kind: 'late'; readonly state: TaskState }
  | NotFoundOutcome;

export type ClaimFailedOutcome =
  | {
      readonly kind: 'claimed';
      readonly token: number;
      readonly until: number;
      /** How often it was given, since the task failed. */
      readonly attempt: number;
      /** The store's clock when it answered. */
      readonly now: number;
    }
  /** It is no dead letter, another consumer holds it, it is to be given later, or it is acknowledged. */
  | { readonly kind: 'none' };
export type SettleFailedOutcome =
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'again'; readonly at: number }
  | StaleOutcome;
export type ExtendFailedOutcome =
  | { readonly kind: 'extended'; readonly until: number; readonly now: number }
  | StaleOutcome;

/** What each verb answers. */
export interface Outcomes {
  open: OpenOutcome;
  lock: LockOutcome;
  unlock: UnlockOutcome;
  failUnit: FailUnitOutcome;
  extendLock: ExtendLockOutcome;
  letGo: LetGoOutcome;
  close: CloseOutcome;
  complete: CompleteOutcome;
  failClaim: FailClaimOutcome;
  extendClaim: ExtendClaimOutcome;
  giveBack: GiveBackOutcome;
  retry: RetryOutcome;
  release: ReleaseOutcome;
  cancel: CancelOutcome;
  remove: RemoveOutcome;
  redo: RedoOutcome;
  claimFailed: ClaimFailedOutcome;
  settleFailed: SettleFailedOutcome;
  extendFailed: ExtendFailedOutcome;
}
/** A call that could not be applied on its own (a corrupt record); its neighbours were. */
export interface ErrorOutcome {
  readonly kind: 'error';
  readonly error: Error;
}
export type Outcome = Outcomes[Verb] | ErrorOutcome;
/** The outcomes of a batch, call by call. */
export type OutcomesOf<Calls extends readonly Call[]> = {
  [Index in keyof Calls]: Calls[Index] extends Call ? Outcomes[Calls[Index]['verb']] | ErrorOutcome : never;
};

// ── Claiming ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ClaimCall {
  readonly nonce: string;
  readonly lease: number;
  readonly worker: string;
}
/** What an incomplete task lacks. */
export interface Shortfall {
  /** With an `expect` list those that it names, else all. */
  readonly failed: number;
  readonly expired: number;
  /** With an `expect` list the names that were never seen, with a count that count less the units done. */
  readonly missing: number;
  /** How many units are not done: with a count what is missing of it, else failed, expired and missing ones together. */
  readonly total: number;
  /**
   * The first 100 names: failed and expired units in the order in which they ended (those that one sweep ended by name), then the
   * missing ones of a list in its order, then in any order units whose locks ended with the task. A count names no missing ones.
   */
  readonly names: readonly string[];
}
export interface ClaimedTask {
  readonly task: string;
  readonly incarnation: number;
  readonly createdAt: number;
  readonly token: number;
  /** 1 on the first. */
  readonly attempt: number;
  readonly attempts: number;
  readonly info: string | null;
  readonly leaseUntil: number;
  readonly timeoutAt: number;
  readonly now: number;
  readonly closedAt: number;
  readonly releasedAt: number;
  readonly done: number;
  /** `null` when every unit is done. */
  readonly incomplete: Shortfall | null;
  /** What the close carried. */
  readonly context: string | null;
}
export type ClaimOutcome =
  | ({ readonly kind: 'claimed' } & ClaimedTask)
  /** `waiting` tasks are in the queue all the same: the batch was full. */
  | { readonly kind: 'none'; readonly waiting: number }
  | ErrorOutcome;

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Stats {
  readonly open: number;
  readonly locked: number;
  /** In the queue, ready. */
  readonly released: number;
  /** In the queue, but not before a moment to come. */
  readonly delayed: number;
  readonly processing: number;
  /** Ever. */
  readonly completed: number;
  /** Ever. */
  readonly failed: number;
  /** Records of completed tasks kept now. */
  readonly tombstones: number;
  /** Failed tasks kept now. */
  readonly deadLetters: number;
  /** Those of them that no consumer of dead letters has acknowledged: all of them where there is no consumer. */
  readonly unacknowledged: number;
}

export interface UnitView {
  readonly unit: string;
  readonly state: UnitState;
  readonly token: number;
  readonly holder: string;
  readonly lockedAt: number;
  readonly renewedAt: number;
  /** The deadline of the lock. */
  readonly until: number;
  readonly endedAt: number | null;
  readonly final: boolean;
  /** How many of its locks ended failed or expired, since the last `retry` or `redo`; counted for `unitAttempts` and `unitBackoff` only. */
  readonly attempts: number;
  /** It cannot be locked before; `null` without a backoff. */
  readonly backoffUntil: number | null;
  /** JSON text. */
  readonly error: string | null;
  /** JSON text. */
  readonly result: string | null;
  /** What the unlock carried. */
  readonly context: string | null;
}
export interface UnitCounts {
  readonly locked: number;
  readonly done: number;
  readonly failed: number;
  readonly expired: number;
}
/** A task without its payloads. */
export interface TaskView {
  /** Its name. */
  readonly task: string;
  /** Which task of this name it is: each new one has a higher number. */
  readonly incarnation: number;
  readonly state: TaskState;
  /** When it was created. */
  readonly createdAt: number;
  /** When it was closed; `null` while it is open. */
  readonly closedAt: number | null;
  /** How it was closed. */
  readonly closedBy: ClosedBy | null;
  /** When it came into the queue for the first time; `null` before. */
  readonly releasedAt: number | null;
  /** When it completed or failed; `null` before. */
  readonly endedAt: number | null;
  /** The next moment at which the sweep looks at it, or earlier; `null` while it waits for a worker. */
  readonly due: number | null;
  /** How many of its units are in each state. */
  readonly units: UnitCounts;
  /** How many locks and units are waited for. */
  readonly outstanding: number;
  /** How many attempts at the merge were begun. */
  readonly attempt: number;
  /** Why it failed; `null` of one that has not. */
  readonly failure: FailureReason | null;
  /** What `cancel` was given. */
  readonly reason: string | null;
  /** When a consumer of dead letters acknowledged its failure; `null` while none has. */
  readonly acknowledgedAt: number | null;
}
/** Everything about one task, read in one step. */
export interface TaskDetail extends TaskView {
  readonly now: number;
  readonly info: string | null;
  readonly result: string | null;
  readonly options: TaskOptions;
  readonly deadlineAt: number | null;
  /** When waiting for failed and expired units ends. */
  readonly graceUntil: number | null;
  readonly idleAt: number | null;
  readonly closeAt: number | null;
  readonly claim: {
    readonly token: number;
    readonly worker: string;
    readonly since: number;
    readonly leaseUntil: number;
    readonly timeoutAt: number;
  } | null;
  readonly incomplete: Shortfall | null;
  /** How many expected units are neither done nor failed for good. */
  readonly unmet: number;
  /** Ten live locks, the soonest to run out first; of more than a thousand some are looked at. */
  readonly live: readonly UnitView[];
  /** Ten failed or expired units, the failed ones first; of more than a hundred those that ended first are looked at. */
  readonly troubled: readonly UnitView[];
  /** The errors of the attempts, oldest first: at most the last 100, and 256 KiB of them; the last one always. */
  readonly errors: readonly AttemptError[];
}
export interface AttemptError {
  readonly attempt: number;
  readonly at: number;
  readonly worker: string;
  /** JSON text. */
  readonly error: string;
}

/** Which units are read, and how many at once. */
export interface UnitQuery {
  /** The task whose units are read. */
  readonly task: string;
  /** Read as the holder of this claim: once it has ended the answer is `stale`. */
  readonly token?: number;
  /** Only this incarnation of the task: another one's answer is `stale`. */
  readonly incarnation?: number;
  /** Only units in this state. */
  readonly state?: UnitState;
  /** Names only: the other fields come with `names`. */
  readonly cursor?: string;
  /** The most units of a page: 1 to `MAX_PAGE`. */
  readonly limit: number;
}
export type UnitNamesPage =
  | {
      readonly kind: 'names';
      readonly incarnation: number;
      readonly names: readonly string[];
      readonly cursor: string | null;
    }
  | { readonly kind: 'stale' }
  | { readonly kind: 'not-found' };

/** Asked by the holder of a claim, whose done units do not change. */
/** Which page of results is read, by the holder of the claim. */
export interface ResultsQuery {
  /** The task whose results are read. */
  readonly task: string;
  /** Once this claim has ended the answer is `stale`. */
  readonly token: number;
  /** Of the page before; without it from the start. */
  readonly cursor?: string;
  /** The most units of a page: 1 to `MAX_PAGE`. */
  readonly limit: number;
}
export type ResultsPage =
  | {
      readonly kind: 'results';
      /** How many units are done: who read to the end can tell whether it was all. */
      readonly done: number;
      /** Names of done units, in an order of the store's own. One may come twice. */
      readonly names: readonly string[];
      /** JSON texts of the results of the first of them. Fewer when the page is full: `units` gives the others. */
      readonly results: readonly (string | null)[];
      /** What the unlocks of these carried. Empty when none carried anything. */
      readonly contexts: readonly (string | null)[];
      readonly cursor: string | null;
    }
  | { readonly kind: 'stale' };

export type UnitsPage =
  /** Fewer than were asked for when the page is full: ask again from the first that lacks. */
  | { readonly kind: 'units'; readonly units: readonly UnitView[]; readonly seen: number }
  | { readonly kind: 'stale' }
  | { readonly kind: 'not-found' };

/** Which tasks are listed. */
export interface TaskQuery {
  /** `delayed`: in the queue, but not before a moment to come. */
  readonly state: TaskState | 'delayed';
  /** Of the page before; without it from the start. */
  readonly cursor?: string;
  /** The most tasks of a page: 1 to `MAX_PAGE`. */
  readonly limit: number;
}
export interface TasksPage {
  readonly tasks: readonly TaskView[];
  readonly cursor: string | null;
}

/** Dead letters that a consumer may take now. */
export interface FailedPage {
  /** Of each shard those that have waited longest. */
  readonly tasks: readonly string[];
  /** In how many ms the next one may be taken; `null` when none is known. */
  readonly nextIn: number | null;
}

export const TASK_EVENT_KINDS = [
  'created',
  'opened',
  'closed',
  'released',
  'claimed',
  'given-back',
  'attempt-failed',
  'completed',
  'failed',
  'retried',
  'redone',
  'removed',
] as const;
export type TaskEventKind = (typeof TASK_EVENT_KINDS)[number];
export interface TaskEvent {
  /** Resume after it with `since`. */
  readonly cursor: string;
  readonly at: number;
  readonly kind: TaskEventKind;
  readonly task: string;
  readonly incarnation: number;
  readonly state: TaskState;
  readonly attempt: number;
  readonly failure: FailureReason | null;
}
/** Which events are read. */
export interface EventQuery {
  /** After this event; without it, from now on (`'0'`: from the oldest kept). */
  readonly after?: string;
  /** The most events of a page: 1 to `MAX_PAGE`. */
  readonly limit: number;
  /** Waits so long for the first one. This wait does not keep the process alive; a claim's does. */
  readonly wait?: number;
  /** A slice of the store that does not answer soon is left out: it is read on from there once it does. Who waits always does so. */
  readonly partial?: boolean;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}
export interface EventsPage {
  readonly events: readonly TaskEvent[];
  readonly cursor: string;
  /**
   * The event to read on from is not kept any more: the history is bounded, or the store was flushed or went back to an
   * older state. What happened meanwhile may be missing, and what was told may not hold any more.
   */
  readonly gap: boolean;
}

export interface SweepOutcome {
  /** Locks ended. */
  readonly locks: number;
  /** Attempts ended. */
  readonly attempts: number;
  /** Tasks moved on: released, failed, closed, queued again. */
  readonly tasks: number;
  /** Records removed. */
  readonly removed: number;
  /** Something due was left for the next call: the limit was reached. */
  readonly more: boolean;
  /** When to sweep next, in ms of the store's clock; `null` when nothing is due ever. */
  readonly nextDue: number | null;
  readonly now: number;
}
export interface TimeoutLocksOutcome {
  readonly ended: number;
  /** Go on from here; `null` at the end. */
  readonly cursor: string | null;
}

// ── The store ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** The reading half of a store: pages with cursors, units by name, payloads as JSON text. */
export type StoreReader = Pick<Store, 'name' | 'stats' | 'inspect' | 'unitNames' | 'units' | 'tasks' | 'events'>;

/** How a store likes its calls best. */
export interface Batching {
  /** Tasks in a batch. */
  readonly tasks: number;
  /** Batches under way at the same time: the store works on one while its client makes or reads another. */
  readonly atOnce: number;
}

/** One namespace of one store. Rejects with a `TuskerError` only. */
export interface Store {
  readonly name: string;
  /** A store that does not say takes as many calls at once as a batch may have. */
  readonly batching?: Batching;
  /** How many slices the namespace has. Each is swept on its own. Default 1. */
  readonly shards?: number;
  /** Another namespace over the same connection. */
  namespace(name: string): Store;
  /** The slice of the namespace that keeps the task. A batch is quickest when its calls share one. */
  shardOf(task: string): number;
  /** Applies at most `MAX_BATCH` calls, each one atomic step. */
  apply<const Calls extends readonly Call[]>(calls: Calls): Promise<OutcomesOf<Calls>>;
  /**
   * Claims a released task for each call, at most `MAX_BATCH`; waits up to `wait` ms for the first one. A claim that may wait
   * may get fewer than there are: whoever wants more asks again.
   */
  claim(calls: readonly ClaimCall[], wait?: number, signal?: AbortSignal): Promise<ClaimOutcome[]>;
  /**
   * Ends what is due, at most about `limit` steps. `only: 'processing'` looks at attempts alone. One shard, or all of them:
   * then one that fails keeps none of the others from its sweep, but rejects in the end.
   */
  sweep(limit: number, only?: 'processing', shard?: number): Promise<SweepOutcome>;
  /** Ends locks not renewed for `ms`, a page at a time: those of one shard, or of one shard after the other. */
  timeoutLocks(ms: number, cursor: string | null, limit: number, shard?: number): Promise<TimeoutLocksOutcome>;
  /**
   * The dead letters that a consumer may claim now, about `limit` of them. From the first time on the namespace has a consumer of
   * dead letters: neither their retention nor their cap removes what is not acknowledged.
   */
  failedTasks(limit: number): Promise<FailedPage>;
  stats(): Promise<Stats>;
  inspect(tasks: readonly string[]): Promise<(TaskDetail | null)[]>;
  unitNames(query: UnitQuery): Promise<UnitNamesPage>;
  /** The units of these names that are there; `seen` says how many of the names were looked at, at most `MAX_PAGE`. */
  units(query: Omit<UnitQuery, 'cursor' | 'limit' | 'state'>, names: readonly string[]): Promise<UnitsPage>;
  /** A page of a claimed task's results, at most `limit` and `MAX_PAGE` of them; it may name more units. */
  results(query: ResultsQuery): Promise<ResultsPage>;
  tasks(query: TaskQuery): Promise<TasksPage>;
  events(query: EventQuery): Promise<EventsPage>;
  /**
   * Tells of the way to the server of the store, for all namespaces that share it. Gives what ends that. A store without a
   * server does not have it.
   */
  onContact?(listener: (note: ContactNote) => void): () => void;
  /** Ends every wait and the connection, for all namespaces that share it. Safe to repeat. */
  close(): Promise<void>;
}
