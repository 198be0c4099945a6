import { LONGEST_TIMER } from '../../core/timers.js';
import type { LedgerBackend } from './ledger.js';

/** One wait for the next change. Made before looking, so that a change in between is not missed. */
export interface NextChange {
  /** Resolves at the change, after `ms`, or when aborted, whichever is first. Never rejects. */
  wait(ms: number, signal: AbortSignal | undefined, process: 'keeps-alive' | 'may-end'): Promise<void>;
  forget(): void;
}

/** Tells those who wait in this process that something changed: at once by this process, soon by another. */
export class Notifier {
  readonly #waiting = new Map<string, Set<() => void>>();
  #stopWatching: (() => void) | undefined;
  #closed = false;

  constructor(private readonly backend: LedgerBackend) {}

  /** Nobody is woken any more. */
  get isClosed(): boolean {
    return this.#closed;
  }

  notify(namespace: string): void {
    for (const wake of [...(this.#waiting.get(namespace) ?? [])]) wake();
  }

  next(namespace: string): NextChange {
    let changed = this.#closed;
    let resolveWait = (): void => {};
    const wake = (): void => {
      changed = true;
      resolveWait();
    };
    return {
      wait: (ms, signal, process) => {
        if (changed || signal?.aborted) return Promise.resolve();
        return new Promise((resolve) => {
          const timer = setTimeout(resolve, Math.min(ms, LONGEST_TIMER));
          if (process === 'may-end') timer.unref();
          resolveWait = () => {
            clearTimeout(timer);
            signal?.removeEventListener('abort', resolveWait);
            resolve();
          };
          signal?.addEventListener('abort', resolveWait, { once: true });
        });
      },
      forget: this.#add(namespace, wake, () => resolveWait()),
    };
  }

  #add(namespace: string, wake: () => void, settle: () => void): () => void {
    let waiting = this.#waiting.get(namespace);
    if (!waiting) {
      waiting = new Set();
      this.#waiting.set(namespace, waiting);
    }
    waiting.add(wake);
    if (!this.#stopWatching && !this.#closed) this.#stopWatching = this.backend.onForeignWrite(() => this.#wakeAll());
    return () => {
      settle();
      waiting.delete(wake);
      if (waiting.size === 0) this.#waiting.delete(namespace);
      if (this.#waiting.size === 0) {
        this.#stopWatching?.();
        this.#stopWatching = undefined;
      }
    };
  }

  #wakeAll(): void {
    for (const namespace of [...this.#waiting.keys()]) this.notify(namespace);
  }

  close(): void {
    this.#closed = true;
    this.#wakeAll();
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }
}
