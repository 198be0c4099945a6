import { MAX_EVENTS } from '../../core/options.js';
import type { Shelf } from '../../core/states.js';
import { SHELVES } from '../../core/states.js';
import type { TaskEventKind } from '../../core/store.js';
import type { Ledger } from './ledger.js';
import type { ShardRecord, TaskRecord, UnitRecord } from './records.js';
import { recordEnd, taskState } from './records.js';

/** How often what is written is written down as seen, in ms. */
const SEEN_EVERY = 1000;

/**
 * One transaction's working set: records are read once, changed in memory and put back together by `flush`. Throwing
 * the transaction away undoes everything, so a call that fails half-way leaves no trace.
 */
export class Transaction {
  readonly #tasks = new Map<string, TaskRecord | undefined>();
  readonly #dirtyTasks = new Set<TaskRecord>();
  readonly #units = new Map<number, Map<string, UnitRecord | undefined>>();
  readonly #dirtyUnits = new Map<UnitRecord, number>();
  readonly #expected = new Map<number, ReadonlySet<string>>();
  /**
   * The store's own time, which never goes back: when the clock does, it leads from then on, and every lease, grace and
   * idle time keeps what was left of it.
   */
  #now: number;
  readonly #keptShard: Readonly<ShardRecord>;
  /** A copy to be changed, once somebody asks for it. */
  #shard: ShardRecord | undefined;
  #events = 0;

  constructor(
    readonly ledger: Ledger,
    clock: number,
    readonly random: () => number,
  ) {
    this.#keptShard = ledger.shard();
    const { seen, lead } = this.#keptShard;
    if (clock + lead < seen) this.shard.lead = seen - clock;
    this.#now = clock + this.#times.lead;
  }

  get now(): number {
    return this.#now;
  }

  get #times(): Pick<ShardRecord, 'seen' | 'lead'> {
    return this.#shard ?? this.#keptShard;
  }

  /** To be read and changed. */
  get shard(): ShardRecord {
    this.#shard ??= { ...this.#keptShard, shelves: { ...this.#keptShard.shelves } };
    return this.#shard;
  }

  /** Whether the store's own time leads the clock. */
  get leads(): boolean {
    return this.#times.lead > 0;
  }

  /** Whether the namespace has a consumer of dead letters. */
  get isWatched(): boolean {
    return (this.#shard ?? this.#keptShard).watched > 0;
  }

  /** Notes the moment of what is written, often enough. */
  wasWritten(): void {
    if (this.#now >= this.#times.seen + SEEN_EVERY) this.shard.seen = this.#now;
  }

  /** What the clock says, where the store's own time leads it. */
  get clock(): number {
    return this.#now - this.#times.lead;
  }

  /** The store's own time is the clock's again. */
  followClock(): void {
    this.#now -= this.#times.lead;
    this.shard.lead = 0;
    this.shard.seen = this.#now;
  }

  /** Whether this transaction made a task change its state: somebody may wait for that. */
  get eventful(): boolean {
    return this.#events > 0;
  }

  /** Fencing: grows through crashes, restored backups and reuse of names, because it follows the clock in µs. */
  nextToken(): number {
    this.shard.lastToken = Math.max(this.shard.lastToken + 1, this.now * 1000);
    return this.shard.lastToken;
  }

  /** The task of this name; one whose retention is over counts as gone. */
  find(name: string): TaskRecord | undefined {
    let task = this.#tasks.get(name);
    if (task === undefined && !this.#tasks.has(name)) {
      task = this.ledger.task(name);
      this.#tasks.set(name, task);
    }
    return task === undefined || this.#isGone(task) ? undefined : task;
  }

  #isGone(task: TaskRecord): boolean {
    const end = recordEnd(task, this.isWatched);
    return end !== null && end <= this.now;
  }

  /** Adds a task under a name that `find` does not know; a record left over is dropped. */
  create(name: string, idleTimeout: number): TaskRecord {
    const old = this.#tasks.get(name);
    if (old !== undefined) this.drop(old);
    const task = newTask(name, this.ledger.newId(), this.now, idleTimeout);
    this.#tasks.set(name, task);
    this.shard.shelves.open++;
    this.save(task);
    this.event(task, 'created');
    return task;
  }

  /** A record that a listing gave: the one already in the working set, if it is. */
  adopt(listed: TaskRecord): TaskRecord {
    const known = this.#tasks.get(listed.name);
    if (known !== undefined && known.id === listed.id) return known;
    this.#tasks.set(listed.name, listed);
    return listed;
  }

  save(task: TaskRecord): void {
    this.#dirtyTasks.add(task);
  }

  drop(task: TaskRecord): void {
    this.shard.shelves[task.shelf]--;
    this.#dirtyTasks.delete(task);
    for (const unit of this.#units.get(task.id)?.values() ?? []) if (unit) this.#dirtyUnits.delete(unit);
    this.#units.delete(task.id);
    this.#tasks.set(task.name, undefined);
    this.ledger.dropTask(task);
  }

  /** Puts the task on a shelf, with its next due moment. */
  move(task: TaskRecord, shelf: Shelf, due: number): void {
    if (task.shelf !== shelf) {
      this.shard.shelves[task.shelf]--;
      this.shard.shelves[shelf]++;
      task.shelf = shelf;
    }
    task.due = due;
    this.save(task);
  }

  unit(task: TaskRecord, name: string): UnitRecord | undefined {
    const units = this.#unitsOf(task.id);
    let unit = units.get(name);
    if (unit === undefined && !units.has(name)) {
      unit = this.ledger.unit(task.id, name);
      units.set(name, unit);
    }
    return unit;
  }

  adoptUnit(task: TaskRecord, listed: UnitRecord): UnitRecord {
    const units = this.#unitsOf(task.id);
    const known = units.get(listed.name);
    if (known !== undefined) return known;
    units.set(listed.name, listed);
    return listed;
  }

  saveUnit(task: TaskRecord, unit: UnitRecord): void {
    this.#unitsOf(task.id).set(unit.name, unit);
    this.#dirtyUnits.set(unit, task.id);
  }

  /** The names of an `expect` list; empty without one. */
  expected(task: TaskRecord): ReadonlySet<string> {
    let names = this.#expected.get(task.id);
    if (names === undefined) {
      names = new Set(JSON.parse(this.ledger.payload(task.id, 'expect') ?? '[]') as string[]);
      this.#expected.set(task.id, names);
    }
    return names;
  }

  expectNames(task: TaskRecord, names: readonly string[] | null): void {
    this.#expected.set(task.id, new Set(names));
    this.ledger.putPayload(task.id, 'expect', names === null ? null : JSON.stringify(names));
  }

  #unitsOf(id: number): Map<string, UnitRecord | undefined> {
    let units = this.#units.get(id);
    if (units === undefined) {
      units = new Map();
      this.#units.set(id, units);
    }
    return units;
  }

  event(task: TaskRecord, kind: TaskEventKind): void {
    this.#events++;
    // The numbers follow the clock in steps of 10 µs: on an older state of the store none is given twice.
    this.shard.lastEvent = Math.max(this.shard.lastEvent + 1, this.now * 100);
    const { name, id, attempt, failure } = task;
    this.ledger.addEvent(this.shard.lastEvent, {
      at: this.now,
      kind,
      task: name,
      incarnation: id,
      state: taskState(task),
      attempt,
      failure,
    });
    if (this.shard.lastEvent % 500 === 0) this.ledger.trimEvents(MAX_EVENTS);
  }

  /** Puts back what changed; listings of the ledger see it from here on. */
  flush(): void {
    if (this.#dirtyTasks.size > 0) this.wasWritten();
    for (const task of this.#dirtyTasks) this.ledger.putTask(task);
    this.#dirtyTasks.clear();
    for (const [unit, id] of this.#dirtyUnits) this.ledger.putUnit(id, unit);
    this.#dirtyUnits.clear();
    if (this.#shard !== undefined) this.ledger.putShard(this.#shard);
  }
}

/** A namespace's counters before its first task. */
export function newShard(): ShardRecord {
  const shelves = Object.fromEntries(SHELVES.map((shelf) => [shelf, 0])) as Record<Shelf, number>;
  return { lastToken: 0, lastEvent: 0, shelves, completed: 0, failed: 0, seen: 0, lead: 0, watched: 0 };
}

function newTask(name: string, id: number, now: number, idleTimeout: number): TaskRecord {
  return {
    name,
    id,
    shelf: 'open',
    due: now + idleTimeout,
    createdAt: now,
    idleTimeout,
    openedAt: null,
    closeWhenIdle: null,
    closeAt: null,
    closedAt: null,
    closedBy: null,
    releasedAt: null,
    endedAt: null,
    options: {},
    expect: null,
    expectNamed: false,
    expectLeft: 0,
    live: 0,
    done: 0,
    failed: 0,
    failedFinal: 0,
    expired: 0,
    floor: 0,
    era: 1,
    idleFrom: now,
    troubleAt: 0,
    lastEndOrder: 0,
    lockDue: Number.MAX_SAFE_INTEGER,
    waitsFrom: now,
    deadlineAt: null,
    graceUntil: 0,
    attempt: 0,
    runs: 0,
    giveBacks: 0,
    queued: 0,
    claim: null,
    lastClaim: null,
    incomplete: false,
    failure: null,
    reason: null,
    nonces: {},
    context: null,
    letter: null,
    clearing: 'results',
    clearedTo: null,
  };
}
