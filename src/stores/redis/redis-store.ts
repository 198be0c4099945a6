import type { Clock } from '../../core/clock.js';
import type { ContactNote } from '../../core/contact.js';
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
} from '../../core/store.js';
import { Applier } from './applier.js';
import { Claims } from './claims.js';
import type { Delivery } from './delivery.js';
import { Events } from './events.js';
import { shardIndex, shardsOf } from './keys.js';
import { Reader } from './reader.js';
import { Shard } from './shard.js';
import { Sweeping } from './sweeping.js';

/** What the namespaces over one client share. */
export interface RedisParts {
  readonly delivery: Delivery;
  readonly shards: number;
  readonly clock: Clock | undefined;
  readonly random: () => number;
  /** How many tasks are remembered to need all keys. */
  readonly remembered: number;
}

/** A namespace kept in Redis: the rules run there, in Lua; this side groups, sends and reads. */
export class RedisStore implements Store {
  /** A call costs the server little beside the tasks that it touches: two smaller ones keep both sides at work. */
  readonly batching = { tasks: 16, atOnce: 2 };
  readonly #parts: RedisParts;
  readonly #shards: readonly Shard[];
  readonly #applier: Applier;
  readonly #claims: Claims;
  readonly #events: Events;
  readonly #reader: Reader;
  readonly #sweeping: Sweeping;
  /** The namespaces over one client, by name. */
  readonly #family: Map<string, RedisStore>;

  constructor(
    readonly name: string,
    parts: RedisParts,
    family = new Map<string, RedisStore>(),
  ) {
    this.#parts = parts;
    this.#family = family.set(name, this);
    const keys = shardsOf(name, parts.shards);
    this.#shards = keys.map((shard) => new Shard(shard, { ...parts, namespace: name }));
    this.#applier = new Applier(this.#shards, parts.random, parts.remembered);
    this.#claims = new Claims(this.#shards, parts.delivery, (granted) =>
      this.#applier.apply(granted.map(({ task, token }) => ({ verb: 'giveBack', task, token }))),
    );
    this.#events = new Events(this.#shards, parts.delivery);
    this.#reader = new Reader(this.#shards);
    this.#sweeping = new Sweeping(this.#shards, this.#applier, parts.random);
  }

  get shards(): number {
    return this.#shards.length;
  }

  namespace(name: string): Store {
    return this.#family.get(name) ?? new RedisStore(name, this.#parts, this.#family);
  }

  shardOf(task: string): number {
    return shardIndex(task, this.#shards.length);
  }

  apply<const Calls extends readonly Call[]>(calls: Calls): Promise<OutcomesOf<Calls>> {
    return this.#applier.apply(calls) as Promise<OutcomesOf<Calls>>;
  }

  claim(calls: readonly ClaimCall[], wait = 0, signal?: AbortSignal): Promise<ClaimOutcome[]> {
    return this.#claims.claim(calls, wait, signal);
  }

  sweep(limit: number, only?: 'processing', shard?: number): Promise<SweepOutcome> {
    return this.#sweeping.sweep(limit, only, shard);
  }

  timeoutLocks(ms: number, cursor: string | null, limit: number, shard?: number): Promise<TimeoutLocksOutcome> {
    return this.#sweeping.timeoutLocks(ms, cursor, limit, shard);
  }

  failedTasks(limit: number): Promise<FailedPage> {
    return this.#reader.failedTasks(limit);
  }

  stats(): Promise<Stats> {
    return this.#reader.stats();
  }

  inspect(tasks: readonly string[]): Promise<(TaskDetail | null)[]> {
    return this.#reader.inspect(tasks);
  }

  unitNames(query: UnitQuery): Promise<UnitNamesPage> {
    return this.#reader.unitNames(query);
  }

  units(query: Omit<UnitQuery, 'cursor' | 'limit' | 'state'>, names: readonly string[]): Promise<UnitsPage> {
    return this.#reader.units(query, names);
  }

  results(query: ResultsQuery): Promise<ResultsPage> {
    return this.#reader.results(query);
  }

  tasks(query: TaskQuery): Promise<TasksPage> {
    return this.#reader.tasks(query);
  }

  events(query: EventQuery): Promise<EventsPage> {
    return this.#events.read(query);
  }

  onContact(listener: (note: ContactNote) => void): () => void {
    return this.#parts.delivery.contact.listen(listener);
  }

  async close(): Promise<void> {
    const { delivery } = this.#parts;
    delivery.contact.close();
    for (const store of this.#family.values()) {
      store.#claims.close();
      store.#events.close();
    }
    await delivery.close();
  }
}
