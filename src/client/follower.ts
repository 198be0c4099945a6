import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../core/store.js';

/** How long one look waits for news. */
const LOOK = 10_000;
const PAUSE_AFTER_ERROR = 500;

/**
 * Follows the events of a namespace while somebody waits for one of its tasks: one reader for all waits. When events
 * were missed everybody looks again, so news are hints and never the truth.
 */
export class Follower {
  readonly #waiting = new Map<string, Set<() => void>>();
  #stop: AbortController | undefined;

  constructor(private readonly store: Store) {}

  /** Calls back when something happened to the task; a function to stop it. */
  watch(task: string, wake: () => void): () => void {
    let waiting = this.#waiting.get(task);
    if (!waiting) {
      waiting = new Set();
      this.#waiting.set(task, waiting);
    }
    waiting.add(wake);
    if (!this.#stop) {
      this.#stop = new AbortController();
      void this.#follow(this.#stop.signal);
    }
    return () => {
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(task) === waiting) this.#waiting.delete(task);
      if (this.#waiting.size === 0) this.close();
    };
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let after: string | undefined;
    while (!signal.aborted) {
      try {
        const first = after === undefined;
        const page = await this.store.events({ limit: 1000, wait: first ? 0 : LOOK, signal, ...(after && { after }) });
        after = page.cursor;
        // What happened before the first look is known to nobody.
        if (first || page.gap) this.#wakeAll();
        else for (const { task } of page.events) this.#wake(task);
      } catch {
        this.#wakeAll();
        await sleep(PAUSE_AFTER_ERROR, undefined, { signal, ref: false }).catch(() => {});
      }
    }
  }

  #wake(task: string): void {
    for (const wake of [...(this.#waiting.get(task) ?? [])]) wake();
  }

  #wakeAll(): void {
    for (const task of [...this.#waiting.keys()]) this.#wake(task);
  }

  close(): void {
    this.#stop?.abort();
    this.#stop = undefined;
  }
}
