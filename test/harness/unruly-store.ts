import type {
  Batching,
  Call,
  ClaimCall,
  ClaimOutcome,
  EventQuery,
  EventsPage,
  FailedPage,
  OutcomesOf,
  ResultsPage,
  ResultsQuery,
  Stats,
  Store,
  SweepOutcome,
  TaskDetail,
  TaskQuery,
  TasksPage,
  TimeoutLocksOutcome,
  UnitNamesPage,
  UnitQuery,
  UnitsPage,
} from '../../src/core/store.js';
import type { Asked, Method, Next, Recorded, Which } from './script.js';
import { Script } from './script.js';

/**
 * A store that behaves as real ones do on a bad day: late, out of order, with answers lost. It is ruly until it is told
 * what becomes of the next calls of a kind; all that it is asked is written down. A batch shares the fate of the first
 * of its calls that somebody spoke of, as on a real line.
 *
 * @example
 * const store = new UnrulyStore(memoryStore())
 * store.next('extendLock').rejects()                       // one renewal does not get through
 * store.next('sweep', { times: 3 }).losesAnswer()          // three sweeps happen, and nobody hears of it
 * const renewal = store.next('extendLock').holdsAnswer()   // one is answered when the test says so
 * await renewal.arrived
 * renewal.letGo()
 * store.sent('extendLock')                                 // what was asked, call by call, with its moment
 */
export class UnrulyStore implements Store {
  readonly batching?: Batching;
  readonly #inner: Store;
  readonly #script: Script;

  constructor(inner: Store, script = new Script()) {
    this.#inner = inner;
    this.#script = script;
    if (inner.batching) this.batching = inner.batching;
  }

  /** What becomes of the next calls of this kind. What was said first comes first. */
  next(asked: Asked, which: Which = {}): Next {
    return this.#script.next(asked, which);
  }

  /** Everything that was asked so far, or of one kind. */
  sent(asked?: Asked): readonly Recorded[] {
    return asked === undefined ? this.#script.records : this.#script.records.filter((one) => one.asked === asked);
  }

  /** The batches of `apply`, in the order in which they were sent. */
  get batches(): readonly (readonly Call[])[] {
    return this.#script.batches;
  }

  /** How many calls of this method were asked and are not answered. */
  underWay(method: Method): number {
    return this.#script.underWay(method);
  }

  /** Ruly from now on: nothing is kept, nothing more is to go wrong. */
  calmDown(): void {
    this.#script.calmDown();
  }

  get name(): string {
    return this.#inner.name;
  }

  namespace(name: string): UnrulyStore {
    return new UnrulyStore(this.#inner.namespace(name), this.#script);
  }

  shardOf(task: string): number {
    return this.#inner.shardOf(task);
  }

  apply<const Calls extends readonly Call[]>(calls: Calls): Promise<OutcomesOf<Calls>> {
    return this.#script.batch(calls)(() => this.#inner.apply(calls));
  }

  claim(calls: readonly ClaimCall[], wait?: number, signal?: AbortSignal): Promise<ClaimOutcome[]> {
    return this.#do('claim', { calls, wait }, () => this.#inner.claim(calls, wait, signal));
  }

  sweep(limit: number, only?: 'processing'): Promise<SweepOutcome> {
    return this.#do('sweep', { limit, only }, () => this.#inner.sweep(limit, only));
  }

  timeoutLocks(ms: number, cursor: string | null, limit: number): Promise<TimeoutLocksOutcome> {
    return this.#do('timeoutLocks', { ms, cursor, limit }, () => this.#inner.timeoutLocks(ms, cursor, limit));
  }

  failedTasks(limit: number): Promise<FailedPage> {
    return this.#do('failedTasks', { limit }, () => this.#inner.failedTasks(limit));
  }

  stats(): Promise<Stats> {
    return this.#do('stats', {}, () => this.#inner.stats());
  }

  inspect(tasks: readonly string[]): Promise<(TaskDetail | null)[]> {
    return this.#do('inspect', { tasks }, () => this.#inner.inspect(tasks));
  }

  unitNames(query: UnitQuery): Promise<UnitNamesPage> {
    return this.#do('unitNames', query, () => this.#inner.unitNames(query));
  }

  units(query: Omit<UnitQuery, 'cursor' | 'limit' | 'state'>, names: readonly string[]): Promise<UnitsPage> {
    return this.#do('units', { query, names }, () => this.#inner.units(query, names));
  }

  results(query: ResultsQuery): Promise<ResultsPage> {
    return this.#do('results', query, () => this.#inner.results(query));
  }

  tasks(query: TaskQuery): Promise<TasksPage> {
    return this.#do('tasks', query, () => this.#inner.tasks(query));
  }

  events(query: EventQuery): Promise<EventsPage> {
    return this.#do('events', query, () => this.#inner.events(query));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #do<Answer>(method: Method, what: unknown, ask: () => Promise<Answer>): Promise<Answer> {
    return this.#script.method(method, what)(ask);
  }
}
