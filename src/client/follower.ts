import type { Store, TaskEventKind } from '../core/store.js';
import { pause } from './waiting.js';

/** How long one look waits for news. */
const LOOK = 10_000;
const PAUSE_AFTER_ERROR = 500;
/** Looks that tell of nothing at once, one behind the other, have a rest between them, in ms. */
const REST = 25;

/** How long it goes on following after the last wait, in ms: mostly another wait comes. */
const LINGER = 5000;
/** Of how many tasks it remembers what happened, and when. */
const REMEMBERED = 1000;

/** What a wait wants to hear of. */
export interface Interest {
  /** Everything since then, in ms of `performance.now()`, also what was read before the wait began. */
  readonly since: number;
  /** But not of this. */
  readonly except: ReadonlySet<TaskEventKind>;
}

interface Wait {
  readonly interest: Interest;
  wake(): void;
}

/** When an event of each kind was read last. */
type Latest = Map<TaskEventKind, number>;

/**
 * Follows the events of a namespace while somebody waits for one of its tasks: one reader for all waits. When events
 * were missed everybody looks again, so news are hints and never the truth.
 */
export class Follower {
  readonly #waits = new Map<string, Set<Wait>>();
  /** Those who wait for the failure of any task. */
  readonly #forFailures = new Set<() => void>();
  /** The newest tasks come last. */
  readonly #latest = new Map<string, Latest>();
  /** What happened before is not known. */
  #knownSince = Number.POSITIVE_INFINITY;
  #stop: AbortController | undefined;
  #lingering: NodeJS.Timeout | undefined;

  constructor(private readonly store: Store) {}

  /** Calls back when something happened to the task, or may have; a function to stop it. */
  watch(task: string, interest: Interest, wake: () => void): () => void {
    const wait: Wait = { interest, wake };
    const waits = this.#waits.get(task) ?? new Set<Wait>();
    this.#waits.set(task, waits.add(wait));
    const isFollowed = this.#begin();
    if (isFollowed && this.#mayHaveHappened(task, interest)) queueMicrotask(() => waits.has(wait) && wake());
    return () => {
      waits.delete(wait);
      if (waits.size === 0 && this.#waits.get(task) === waits) this.#waits.delete(task);
      this.#lingerUnlessAwaited();
    };
  }

  /** Calls back when a task has failed from now on, or may have; a function to stop it. */
  watchFailures(wake: () => void): () => void {
    // One that waits twice is told twice.
    const wait = (): void => wake();
    this.#forFailures.add(wait);
    this.#begin();
    return () => {
      this.#forFailures.delete(wait);
      this.#lingerUnlessAwaited();
    };
  }

  /** Whether it was followed before. */
  #begin(): boolean {
    clearTimeout(this.#lingering);
    if (this.#stop) return true;
    this.#stop = new AbortController();
    void this.#follow(this.#stop.signal);
    return false;
  }

  /** Before the first look nothing is known, but that look wakes all. */
  #mayHaveHappened(task: string, { since, except }: Interest): boolean {
    if (this.#knownSince === Number.POSITIVE_INFINITY) return false;
    if (since < this.#knownSince) return true;
    for (const [kind, at] of this.#latest.get(task) ?? []) if (at >= since && !except.has(kind)) return true;
    return false;
  }

  #lingerUnlessAwaited(): void {
    if (this.#waits.size > 0 || this.#forFailures.size > 0) return;
    clearTimeout(this.#lingering);
    this.#lingering = setTimeout(() => this.close(), LINGER).unref();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let after: string | undefined;
    let inVain = 0;
    while (!signal.aborted) {
      try {
        const first = after === undefined;
        const wait = first ? 0 : LOOK;
        const began = performance.now();
        const page = await this.store.events({ limit: 1000, wait, partial: true, signal, ...(after && { after }) });
        after = page.cursor;
        inVain = page.events.length > 0 || performance.now() - began > REST ? 0 : inVain + 1;
        if (signal.aborted) return;
        if (first || page.gap) this.#beginAnew();
        else for (const { task, kind } of page.events) this.#happened(task, kind);
        if (inVain > 2) await pause(REST, signal, 'may-end').catch(() => {});
      } catch {
        this.#wakeAll();
        await pause(PAUSE_AFTER_ERROR, signal, 'may-end').catch(() => {});
      }
    }
  }

  /** What happened up to now is known to nobody. */
  #beginAnew(): void {
    this.#knownSince = performance.now();
    this.#latest.clear();
    this.#wakeAll();
  }

  #happened(task: string, kind: TaskEventKind): void {
    const latest: Latest = this.#latest.get(task) ?? new Map();
    latest.set(kind, performance.now());
    this.#latest.delete(task);
    this.#latest.set(task, latest);
    if (this.#latest.size > REMEMBERED) this.#forgetOldest();
    for (const { interest, wake } of [...(this.#waits.get(task) ?? [])]) if (!interest.except.has(kind)) wake();
    if (kind === 'failed') for (const wake of [...this.#forFailures]) wake();
  }

  #forgetOldest(): void {
    const [oldest] = this.#latest;
    if (!oldest) return;
    const [task, latest] = oldest;
    this.#latest.delete(task);
    this.#knownSince = Math.max(this.#knownSince, ...latest.values());
  }

  #wakeAll(): void {
    for (const waits of [...this.#waits.values()]) for (const { wake } of [...waits]) wake();
    for (const wake of [...this.#forFailures]) wake();
  }

  close(): void {
    clearTimeout(this.#lingering);
    this.#stop?.abort();
    this.#stop = undefined;
    this.#knownSince = Number.POSITIVE_INFINITY;
    this.#latest.clear();
  }
}
