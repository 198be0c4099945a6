import type { Clock } from '../../core/clock.js';
import { systemClock } from '../../core/clock.js';
import { isTuskerError, StoppedError } from '../../core/errors.js';
import { ACKNOWLEDGED } from '../../core/options.js';
import type {
  Call,
  ClaimCall,
  ClaimOutcome,
  EventQuery,
  EventsPage,
  FailedPage,
  Outcome,
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
import { nextTurn } from '../../core/turns.js';
import { failedTasks } from './dead-letters.js';
import type { LedgerBackend } from './ledger.js';
import type { Notifier } from './notifier.js';
import * as reads from './reads.js';
import { nothingDue, sweep, timeoutLocks } from './sweep.js';
import { Transaction } from './transaction.js';
import { claim } from './verbs/claim.js';
import { watch } from './verbs/letters.js';
import { applyCall } from './verbs.js';
import { taskDetail } from './views.js';

/** Calls that one transaction takes together: more only make it longer. */
const GROUP = 1024;

interface QueuedBatch {
  readonly calls: readonly Call[];
  resolve(outcomes: Outcome[]): void;
  reject(error: unknown): void;
}

/** What the namespaces over one backend share. */
export interface EmbeddedParts {
  readonly backend: LedgerBackend;
  readonly clock: Clock;
  readonly random: () => number;
  readonly notifier: Notifier;
}

/**
 * The rules of the contract as transitions over a ledger. Batches that arrive while a transaction is under way are
 * committed together in the next one (group commit).
 */
export class EmbeddedStore implements Store {
  readonly #parts: EmbeddedParts;
  readonly #queue: QueuedBatch[] = [];
  #pumping = false;

  constructor(
    readonly name: string,
    parts: EmbeddedParts,
  ) {
    this.#parts = parts;
  }

  namespace(name: string): Store {
    return new EmbeddedStore(name, this.#parts);
  }

  shardOf(): number {
    return 0;
  }

  apply<const Calls extends readonly Call[]>(calls: Calls): Promise<OutcomesOf<Calls>> {
    return new Promise<Outcome[]>((resolve, reject) => {
      this.#queue.push({ calls, resolve, reject });
      if (!this.#pumping) {
        this.#pumping = true;
        queueMicrotask(() => void this.#pump());
      }
    }) as Promise<OutcomesOf<Calls>>;
  }

  async #pump(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#nextGroup();
      try {
        const outcomes = await this.#applyAll(group.flatMap(({ calls }) => calls));
        let from = 0;
        for (const { calls, resolve } of group) {
          resolve(outcomes.slice(from, from + calls.length));
          from += calls.length;
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#pumping = false;
  }

  #nextGroup(): QueuedBatch[] {
    let size = 0;
    let count = 0;
    for (const { calls } of this.#queue) {
      if (count > 0 && size + calls.length > GROUP) break;
      size += calls.length;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** A call that throws (a corrupt record) is left out and the rest done again: its neighbours do not notice. */
  async #applyAll(calls: readonly Call[]): Promise<Outcome[]> {
    const failed = new Map<number, Error>();
    for (;;) {
      let at = 0;
      try {
        return await this.#write((tx) => {
          tx.wasWritten();
          return calls.map((call, index): Outcome => {
            at = index;
            const error = failed.get(index);
            return error ? { kind: 'error', error } : applyCall(tx, call);
          });
        });
      } catch (error) {
        if (!isTuskerError(error, 'STORE_CORRUPT') || failed.has(at)) throw error;
        failed.set(at, error);
      }
    }
  }

  /** One transaction; whoever waits is told when it changed the state of a task. */
  async #write<T>(work: (tx: Transaction) => T): Promise<T> {
    const { backend, clock, random, notifier } = this.#parts;
    const [result, eventful] = await this.#settingAside(() =>
      backend.write(this.name, (ledger) => {
        const tx = new Transaction(ledger, clock.now(), random);
        const answer = work(tx);
        tx.flush();
        return [answer, tx.eventful] as const;
      }),
    );
    if (eventful) notifier.notify(this.name);
    return result;
  }

  #read<T>(work: (tx: Transaction) => T): Promise<T> {
    const { backend, clock, random } = this.#parts;
    return this.#settingAside(() =>
      backend.read(this.name, (ledger) => work(new Transaction(ledger, clock.now(), random))),
    );
  }

  /** A record in a listing that cannot be read is put out of the way, and its neighbours go on without it. */
  async #settingAside<T>(transaction: () => Promise<T>): Promise<T> {
    // Where time is moved by hand no real time passes.
    const turn = this.#parts.clock === systemClock ? nextTurn() : undefined;
    if (turn) await turn;
    for (;;) {
      if (this.#parts.notifier.isClosed) throw new StoppedError();
      try {
        return await transaction();
      } catch (error) {
        if (!isTuskerError(error, 'STORE_CORRUPT')) throw error;
        const isAside = await this.#parts.backend.write(this.name, (ledger) => ledger.setAside());
        if (!isAside) throw error;
      }
    }
  }

  async claim(calls: readonly ClaimCall[], wait = 0, signal?: AbortSignal): Promise<ClaimOutcome[]> {
    const end = performance.now() + wait;
    for (;;) {
      const changed = this.#parts.notifier.next(this.name);
      try {
        const { outcomes, nextIn } = await this.#claimNow(calls);
        const left = end - performance.now();
        if (outcomes.some(({ kind }) => kind !== 'none') || left <= 0 || signal?.aborted) return outcomes;
        await changed.wait(Math.min(left, nextIn), signal, 'keeps-alive');
        if (signal?.aborted) return outcomes;
      } finally {
        changed.forget();
      }
    }
  }

  /**
   * Looks before it writes: an idle worker must not take the file from the busy ones. `nextIn`: when the first delayed
   * task is ready, in ms.
   */
  async #claimNow(calls: readonly ClaimCall[]): Promise<{ outcomes: ClaimOutcome[]; nextIn: number }> {
    const { ready, nextIn } = await this.#read(({ shard: { shelves }, ledger, now }) => {
      const ripe = shelves.delayed > 0 ? ledger.firstDue('delayed') : null;
      const repeats = shelves.processing > 0 && calls.some(({ nonce }) => ledger.claimed(nonce) !== undefined);
      return {
        ready: shelves.released > 0 || (ripe !== null && ripe <= now) || repeats,
        nextIn: ripe === null ? Number.POSITIVE_INFINITY : Math.max(1, ripe - now),
      };
    });
    const none = calls.map((): ClaimOutcome => ({ kind: 'none', waiting: 0 }));
    return { outcomes: ready ? await this.#write((tx) => claim(tx, calls)) : none, nextIn };
  }

  /** Looks before it writes, for the same reason. */
  async sweep(limit: number, only?: 'processing'): Promise<SweepOutcome> {
    const idle = await this.#read((tx) => nothingDue(tx));
    return idle ?? this.#write((tx) => sweep(tx, limit, only));
  }

  timeoutLocks(ms: number, cursor: string | null, limit: number): Promise<TimeoutLocksOutcome> {
    return this.#write((tx) => timeoutLocks(tx, ms, cursor, limit));
  }

  /** Looks before it writes: only the first look makes the namespace one with a consumer. */
  async failedTasks(limit: number): Promise<FailedPage> {
    const page = await this.#read((tx) => (tx.isWatched ? failedTasks(tx, limit) : undefined));
    if (page) return page;
    return this.#write((tx) => {
      watch(tx);
      return failedTasks(tx, limit);
    });
  }

  stats(): Promise<Stats> {
    return this.#read(({ ledger, isWatched, shard: { shelves, completed, failed } }) => ({
      open: shelves.open,
      locked: shelves.locked,
      released: shelves.released,
      delayed: shelves.delayed,
      processing: shelves.processing,
      completed,
      failed,
      tombstones: shelves.completed,
      deadLetters: shelves.failed,
      // The cap leaves few that are acknowledged.
      unacknowledged: shelves.failed - (isWatched ? ledger.countFrom('failed', ACKNOWLEDGED) : 0),
    }));
  }

  inspect(names: readonly string[]): Promise<(TaskDetail | null)[]> {
    return this.#read((tx) =>
      names.map((name) => {
        const task = tx.find(name);
        return task === undefined || task.shelf === 'removed' ? null : taskDetail(tx, task);
      }),
    );
  }

  unitNames(query: UnitQuery): Promise<UnitNamesPage> {
    return this.#read((tx) => reads.unitNames(tx, query));
  }

  units(query: Pick<UnitQuery, 'task' | 'token' | 'incarnation'>, names: readonly string[]): Promise<UnitsPage> {
    return this.#read((tx) => reads.units(tx, query, names));
  }

  results(query: ResultsQuery): Promise<ResultsPage> {
    return this.#read((tx) => reads.results(tx, query));
  }

  tasks(query: TaskQuery): Promise<TasksPage> {
    return this.#read((tx) => reads.tasks(tx, query));
  }

  async events({ after, limit, wait = 0, signal }: EventQuery): Promise<EventsPage> {
    const end = performance.now() + wait;
    for (let from = after; ; ) {
      const changed = this.#parts.notifier.next(this.name);
      try {
        const page = await this.#read((tx) => reads.events(tx, from, limit));
        from = page.cursor;
        const left = end - performance.now();
        if (page.events.length > 0 || page.gap || left <= 0 || signal?.aborted) return page;
        await changed.wait(left, signal, 'may-end');
        if (signal?.aborted) return page;
      } finally {
        changed.forget();
      }
    }
  }

  async close(): Promise<void> {
    for (const { reject } of this.#queue.splice(0)) reject(new StoppedError());
    this.#parts.notifier.close();
    await this.#parts.backend.close();
  }
}
