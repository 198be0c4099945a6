import { setTimeout as sleep } from 'node:timers/promises';
import type { Store, TaskEventKind } from '../core/store.js';

/** How long one look waits for news. */
const LOOK = 10_000;
const PAUSE_AFTER_ERROR = 500;

/** After the last wait it follows so long, in ms: another wait mostly comes. */
const LINGER = 5000;
/** So many tasks are remembered by what happened to them last. */
const REMEMBERED = 1000;

/** What happened; nothing when events were missed. */
export type Wake = (kind?: TaskEventKind) => void;

/**
 * Follows the events of a namespace while somebody waits for one of its tasks: one reader for all waits. When events
 * were missed everybody looks again, so news are hints and never the truth.
 */
export class Follower {
  readonly #waiting = new Map<string, Set<Wake>>();
  /** What a wait that begins while it follows may have missed. The newest come last. */
  readonly #latest = new Map<string, TaskEventKind>();
  #stop: AbortController | undefined;
  #lingering: NodeJS.Timeout | undefined;

  constructor(private readonly store: Store) {}

  /** Calls back when something happened to the task, also shortly before; a function to stop it. */
  watch(task: string, wake: Wake): () => void {
    let waiting = this.#waiting.get(task);
    if (!waiting) {
      waiting = new Set();
      this.#waiting.set(task, waiting);
    }
    waiting.add(wake);
    clearTimeout(this.#lingering);
    if (!this.#stop) {
      this.#stop = new AbortController();
      void this.#follow(this.#stop.signal);
    }
    const latest = this.#latest.get(task);
    if (latest !== undefined) queueMicrotask(() => waiting.has(wake) && wake(latest));
    return () => {
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(task) === waiting) this.#waiting.delete(task);
      if (this.#waiting.size === 0) this.#linger();
    };
  }

  #linger(): void {
    clearTimeout(this.#lingering);
    this.#lingering = setTimeout(() => this.close(), LINGER).unref();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let after: string | undefined;
    while (!signal.aborted) {
      try {
        const first = after === undefined;
        const page = await this.store.events({ limit: 1000, wait: first ? 0 : LOOK, signal, ...(after && { after }) });
        after = page.cursor;
        if (signal.aborted) return;
        // What happened before the first look is known to nobody.
        if (first || page.gap) this.#wakeAll();
        else for (const { task, kind } of page.events) this.#happened(task, kind);
      } catch {
        this.#wakeAll();
        await sleep(PAUSE_AFTER_ERROR, undefined, { signal, ref: false }).catch(() => {});
      }
    }
  }

  #happened(task: string, kind: TaskEventKind): void {
    this.#latest.delete(task);
    this.#latest.set(task, kind);
    const [oldest] = this.#latest.keys();
    if (this.#latest.size > REMEMBERED) this.#latest.delete(oldest as string);
    this.#wake(task, kind);
  }

  #wake(task: string, kind?: TaskEventKind): void {
    for (const wake of [...(this.#waiting.get(task) ?? [])]) wake(kind);
  }

  #wakeAll(): void {
    for (const task of [...this.#waiting.keys()]) this.#wake(task);
  }

  close(): void {
    clearTimeout(this.#lingering);
    this.#stop?.abort();
    this.#stop = undefined;
    this.#latest.clear();
  }
}

/** Wakes unless what happened is one of these. */
export function unless(kinds: ReadonlySet<TaskEventKind>, wake: () => void): Wake {
  return (kind) => {
    if (kind === undefined || !kinds.has(kind)) wake();
  };
}
