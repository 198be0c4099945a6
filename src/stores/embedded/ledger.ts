import type { Shelf, UnitState } from '../../core/states.js';
import type { TaskEvent } from '../../core/store.js';
import type { ShardRecord, TaskRecord, UnitRecord } from './records.js';

/** Which payload of a task: `info`, `result`, `expect`, or the error of an attempt (`error:` and its run number). */
export type PayloadKind = 'info' | 'result' | 'expect' | `error:${string}`;

/** Where a walk over a listing goes on: after this score, and among equals after this id or place. */
export interface Position {
  readonly score: number;
  readonly key: number;
}

/**
 * What a namespace is kept in: a small set of tables that know nothing of the rules. Records that come out may be
 * changed freely; only what is put back is kept. Everything happens inside one transaction of the backend.
 */
export interface Ledger {
  /** As it is kept: not to be changed. */
  shard(): Readonly<ShardRecord>;
  putShard(shard: ShardRecord): void;

  /** A number never given before. */
  newId(): number;
  task(name: string): TaskRecord | undefined;
  putTask(task: TaskRecord): void;
  /** Removes the record and its payloads; its units become orphans that `collectOrphans` removes. */
  dropTask(task: TaskRecord): void;
  /** Tasks of a shelf by their due moment, then id, from `after` on, up to a moment. */
  shelf(shelf: Shelf, limit: number, until?: number, after?: Position): TaskRecord[];
  /**
   * Takes the record that a listing could not read last out of the listings, so that its neighbours go on; calls that
   * name it are refused still. False when there is none.
   */
  setAside(): boolean;
  /** How many tasks of a shelf are due at a moment or later. It counts them one by one. */
  countFrom(shelf: Shelf, moment: number): number;
  /** The earliest due moment on a shelf. */
  firstDue(shelf: Shelf): number | null;
  /** Open and locked tasks by id, after `id`. */
  unreleased(id: number, limit: number): TaskRecord[];

  payload(id: number, kind: PayloadKind): string | null;
  putPayload(id: number, kind: PayloadKind, body: string | null): void;
  /** The last `limit` errors of attempts, oldest first. */
  attemptErrors(id: number, limit: number): string[];

  unit(id: number, name: string): UnitRecord | undefined;
  /** Gives a new unit its place. */
  putUnit(id: number, unit: UnitRecord): void;
  /** Units of one unfinished state (not done) by deadline, then place, from `after` on, up to a deadline. */
  unfinished(id: number, state: UnitState, limit: number, until?: number, after?: Position): UnitRecord[];
  /**
   * Failed and expired units in the order in which they ended, those that ran out together by name. Locks that ended all at
   * once with the task are not among them.
   */
  ended(id: number, limit: number): UnitRecord[];
  /** Names of all units, or of the done ones, in an order of the ledger's own, from `after` on. */
  unitNames(id: number, which: 'all' | 'done', limit: number, after?: Position): NamesPage;
  /** Clears the results of at most `limit` units from `after` on; where to go on, or null at the end. */
  clearResults(id: number, limit: number, after?: Position): Position | null;
  /** Removes at most `limit` units; false when none is left. */
  dropUnits(id: number, limit: number): boolean;
  /** Removes at most `limit` units of dropped tasks; how many. */
  collectOrphans(limit: number): number;
  hasOrphans(): boolean;

  addEvent(sequence: number, event: Omit<TaskEvent, 'cursor'>): void;
  /** Keeps only so many, the newest. */
  trimEvents(kept: number): void;
  events(after: number, limit: number): { sequence: number; event: Omit<TaskEvent, 'cursor'> }[];
  hasEvent(sequence: number): boolean;

  claimed(nonce: string): string | undefined;
  rememberClaim(nonce: string, task: string): void;
  /** The claim has ended: its nonce is forgotten at `until`. */
  forgetClaimAt(nonce: string, until: number): void;
  forgetClaims(now: number): void;
}

/** Names, and where to go on; null at the end. */
export interface NamesPage {
  readonly names: string[];
  readonly next: Position | null;
}

/** A set of ledgers that share one transaction: the memory of a process, or a file. */
export interface LedgerBackend {
  /**
   * Runs `work` in one transaction that is kept when it returns and undone when it throws. May wait for its turn.
   * `work` may run more than once.
   */
  write<T>(namespace: string, work: (ledger: Ledger) => T): Promise<T>;
  read<T>(namespace: string, work: (ledger: Ledger) => T): Promise<T>;
  /** Calls back after somebody else, in another process, may have written; a function to stop it. */
  onForeignWrite(wake: () => void): () => void;
  close(): Promise<void>;
}
