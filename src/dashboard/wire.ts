/**
 * What the server side and the pages tell each other, as JSON. Times are ms of the store's clock; `now` is that clock
 * when the answer was made. The pages share this file, so it imports types alone.
 */
import type {
  ClosedBy,
  FailureReason,
  Shortfall,
  Stats,
  TaskEventKind,
  TaskOptions,
  TaskState,
  UnitCounts,
  UnitState,
  Waiting,
} from '../index.js';

/** Where a task stands: its state, with `delayed` apart from `released`. */
export type Shelf = TaskState | 'delayed';
export type Action = 'retry' | 'release' | 'cancel' | 'remove';

/** What a page may do here, and the token that every change must carry. */
export interface SessionAnswer {
  readonly namespaces: readonly string[];
  readonly readOnly: boolean;
  readonly csrf: string;
  /** There is a session that can be ended. */
  readonly canLogOut: boolean;
}

export interface TaskRow {
  readonly task: string;
  readonly incarnation: number;
  readonly shelf: Shelf;
  readonly createdAt: number;
  readonly closedAt: number | null;
  readonly closedBy: ClosedBy | null;
  readonly releasedAt: number | null;
  readonly endedAt: number | null;
  readonly due: number | null;
  readonly units: UnitCounts;
  readonly outstanding: number;
  readonly attempt: number;
  readonly failure: FailureReason | null;
  readonly reason: string | null;
}

/** A task that waits, and for what. */
export interface WaitingTask {
  readonly task: string;
  readonly shelf: Shelf;
  readonly since: number;
  readonly units: UnitCounts;
  readonly outstanding: number;
  readonly waitsFor: readonly Waiting[];
}

export type Alert =
  | ({ readonly kind: 'waiting' } & WaitingTask)
  | {
      readonly kind: 'backlog';
      readonly task: string;
      readonly count: number;
      readonly since: number;
      readonly lastClaimAt: number | null;
    }
  | {
      readonly kind: 'overdue';
      readonly task: string;
      readonly shelf: Shelf;
      readonly since: number;
    }
  | {
      readonly kind: 'failed';
      readonly task: string;
      readonly count: number;
      readonly since: number;
      readonly failure: FailureReason | null;
    };

export interface EventRow {
  readonly cursor: string;
  readonly at: number;
  readonly kind: TaskEventKind;
  readonly task: string;
  readonly incarnation: number;
  readonly state: TaskState;
  readonly attempt: number;
  readonly failure: FailureReason | null;
}

export const STAGES = ['fanIn', 'release', 'queue', 'processing'] as const;
/** `fanIn` first lock to release, `release` close to release, `queue` release to claim, `processing` claim to completion. */
export type Stage = (typeof STAGES)[number];
export interface StageTimes {
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly max: number | null;
}
export type ChartRange = '5m' | '15m' | '1h';
/** Points of equal length, the oldest first; the last one is under way. */
export interface Charts {
  readonly range: ChartRange;
  /** When the first point begins. */
  readonly from: number;
  /** The length of a point in ms. */
  readonly step: number;
  readonly released: readonly number[];
  readonly completed: readonly number[];
  readonly failed: readonly number[];
  /** From close to release; `null` where nothing was released. */
  readonly latencyP50: readonly (number | null)[];
  readonly latencyP95: readonly (number | null)[];
  readonly stages: Readonly<Record<Stage, StageTimes>>;
}

export interface OverviewAnswer {
  readonly now: number;
  readonly stats: Stats;
  readonly alerts: readonly Alert[];
  readonly oldest: readonly WaitingTask[];
  /** The oldest were looked for among the first of many only. */
  readonly oldestOfSome: boolean;
  readonly charts: Charts;
  readonly events: readonly EventRow[];
}

export interface TasksAnswer {
  readonly now: number;
  readonly stats: Stats;
  readonly tasks: readonly TaskRow[];
  /** Where the next page begins; `null` at the end. */
  readonly cursor: string | null;
  /** How many tasks were looked at: a search stops after a while, and goes on at the cursor. */
  readonly scanned: number;
}

/** A text, or the beginning of a long one. */
export interface Excerpt {
  readonly text: string;
  /** The size of the whole, in bytes of UTF-8. */
  readonly bytes: number;
  readonly isWhole: boolean;
}
export interface Attempt {
  readonly attempt: number;
  readonly at: number;
  readonly worker: string;
  readonly error: Excerpt;
}
export interface TaskAnswer {
  readonly now: number;
  readonly row: TaskRow;
  readonly waitsFor: readonly Waiting[];
  readonly options: TaskOptions;
  readonly deadlineAt: number | null;
  readonly claim: {
    readonly worker: string;
    readonly since: number;
    readonly leaseUntil: number;
    readonly timeoutAt: number;
  } | null;
  readonly incomplete: Shortfall | null;
  readonly info: Excerpt | null;
  readonly result: Excerpt | null;
  readonly errors: readonly Attempt[];
  readonly events: readonly EventRow[];
}

/** The units of a task by columns: 10 000 of them stay small. Index by index one unit, in natural order of names. */
export interface UnitsAnswer {
  readonly now: number;
  readonly incarnation: number;
  /** Units beyond the most that are sent. */
  readonly omitted: number;
  readonly names: readonly string[];
  readonly states: readonly UnitState[];
  /** Who held it last: an index into `holders`. */
  readonly holder: readonly number[];
  readonly holders: readonly string[];
  readonly lockedAt: readonly number[];
  readonly until: readonly number[];
  readonly endedAt: readonly (number | null)[];
}
export interface UnitAnswer {
  readonly unit: string;
  readonly state: UnitState;
  readonly holder: string;
  readonly lockedAt: number;
  readonly renewedAt: number;
  readonly until: number;
  readonly endedAt: number | null;
  readonly isFinal: boolean;
  readonly error: Excerpt | null;
  readonly result: Excerpt | null;
}

/** A task that a change is meant for. Another incarnation, or another shelf if one is named, is left alone. */
export interface Target {
  readonly task: string;
  readonly incarnation: number;
  readonly shelf?: Shelf;
}
export interface PreviewAnswer {
  readonly targets: readonly Target[];
  /** There may be more than a change takes at once. */
  readonly more: boolean;
}
export interface ChangeRequest {
  readonly namespace: string;
  readonly action: Action;
  readonly targets: readonly Target[];
  /** Of a cancellation. */
  readonly reason?: string;
}
export interface ChangeOutcome {
  readonly task: string;
  /** The word of the verb (`retried`, `late` …), `changed` for another one than was meant, `not-found`, or `error`. */
  readonly outcome: string;
  readonly isDone: boolean;
  readonly message?: string;
}
export interface ChangeAnswer {
  readonly outcomes: readonly ChangeOutcome[];
}
export interface RefusalAnswer {
  readonly error: { readonly code: string; readonly message: string };
}

/** The shelves on which an action has an effect. */
export const ACTION_SHELVES: Readonly<Record<Action, readonly Shelf[]>> = {
  retry: ['failed'],
  release: ['open', 'locked', 'delayed'],
  cancel: ['open', 'locked', 'released', 'delayed', 'processing'],
  remove: ['completed', 'failed'],
};
/** All shelves, those that wait first: the order of a list of everything. */
export const LISTED_SHELVES: readonly Shelf[] = [
  'locked',
  'released',
  'delayed',
  'processing',
  'open',
  'failed',
  'completed',
];
