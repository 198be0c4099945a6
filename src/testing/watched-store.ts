import type {
  Call,
  ClaimCall,
  ClaimOutcome,
  EventQuery,
  EventsPage,
  FailedPage,
  OutcomesOf,
  ResultsPage,
  ResultsQuery,
  Store,
  SweepOutcome,
  TaskDetail,
  TaskQuery,
  TasksPage,
  TimeoutLocksOutcome,
  UnitNamesPage,
  UnitQuery,
  UnitsPage,
} from '../core/store.js';

/** What the namespaces of one watched store share. */
export class Watch {
  readonly namespaces = new Map<string, WatchedStore>();
  #changed = new Gate();
  #doubted = new Gate();

  /** Resolves when a call has been answered that may have changed something. */
  get change(): Promise<void> {
    return this.#changed.opening;
  }

  /** Resolves when everybody who follows the events is to look again. */
  get doubt(): Promise<void> {
    return this.#doubted.opening;
  }

  noteChange(): void {
    this.#changed.open();
    this.#changed = new Gate();
  }

  /** Whoever follows the events looks again, as if some had been missed. */
  spreadDoubt(): void {
    this.#doubted.open();
    this.#doubted = new Gate();
  }
}

class Gate {
  open = (): void => {};
  readonly opening = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/** A store that tells when something may have changed, and knows its namespaces. */
export class WatchedStore implements Store {
  constructor(
    private readonly inner: Store,
    private readonly watch: Watch,
  ) {
    watch.namespaces.set(inner.name, this);
  }

  get name(): string {
    return this.inner.name;
  }

  namespace(name: string): Store {
    return this.watch.namespaces.get(name) ?? new WatchedStore(this.inner.namespace(name), this.watch);
  }

  shardOf(task: string): number {
    return this.inner.shardOf(task);
  }

  apply<const Calls extends readonly Call[]>(calls: Calls): Promise<OutcomesOf<Calls>> {
    return this.#changing(this.inner.apply(calls));
  }

  claim(calls: readonly ClaimCall[], wait?: number, signal?: AbortSignal): Promise<ClaimOutcome[]> {
    return this.#changing(this.inner.claim(calls, wait, signal));
  }

  sweep(limit: number, only?: 'processing', shard?: number): Promise<SweepOutcome> {
    return this.#changing(this.inner.sweep(limit, only, shard));
  }

  timeoutLocks(ms: number, cursor: string | null, limit: number, shard?: number): Promise<TimeoutLocksOutcome> {
    return this.#changing(this.inner.timeoutLocks(ms, cursor, limit, shard));
  }

  async #changing<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } finally {
      this.watch.noteChange();
    }
  }

  failedTasks(limit: number): Promise<FailedPage> {
    return this.#changing(this.inner.failedTasks(limit));
  }

  stats() {
    return this.inner.stats();
  }

  inspect(tasks: readonly string[]): Promise<(TaskDetail | null)[]> {
    return this.inner.inspect(tasks);
  }

  unitNames(query: UnitQuery): Promise<UnitNamesPage> {
    return this.inner.unitNames(query);
  }

  units(query: Omit<UnitQuery, 'cursor' | 'limit' | 'state'>, names: readonly string[]): Promise<UnitsPage> {
    return this.inner.units(query, names);
  }

  results(query: ResultsQuery): Promise<ResultsPage> {
    return this.inner.results(query);
  }

  tasks(query: TaskQuery): Promise<TasksPage> {
    return this.inner.tasks(query);
  }

  /** A wait for news ends early when there is doubt: its reader is told that it may have missed some. */
  async events(query: EventQuery): Promise<EventsPage> {
    const { after, wait } = query;
    if (after === undefined || !wait) return this.inner.events(query);
    const over = new AbortController();
    const signal = query.signal ? AbortSignal.any([query.signal, over.signal]) : over.signal;
    const inDoubt = this.watch.doubt.then((): EventsPage => ({ events: [], cursor: after, gap: true }));
    try {
      return await Promise.race([this.inner.events({ ...query, signal }), inDoubt]);
    } finally {
      over.abort();
    }
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
