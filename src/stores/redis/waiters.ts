import type { ClaimCall, ClaimOutcome } from '../../core/store.js';
import type { Granted } from './claim-call.js';
import { isGranted } from './claim-call.js';

/** After this time without an answer of one shard the others serve its waiter too, in ms. What the late one grants goes back. */
export const PATIENCE = 100;
/** A wait that is over takes a grant that was under way if it comes within this time, in ms. A later one goes back. */
export const LATE = 1000;

/** Somebody who waits for tasks. Each shard that looks for it asks with a number of its calls, from the first on. */
export class Waiter {
  /** On `performance.now()`, as `end`. */
  readonly since = performance.now();
  /** Its time is over, or it was aborted. */
  isEnding = false;
  isSettled = false;
  #asks = 0;
  #askedAt = 0;

  constructor(
    readonly calls: readonly ClaimCall[],
    readonly end: number,
    private readonly onSettled: (outcomes: ClaimOutcome[] | Error) => void,
  ) {}

  get isAsking(): boolean {
    return this.#asks > 0;
  }

  /** No shard is asked for it, or one that lets it wait. */
  get isFree(): boolean {
    return !this.isEnding && (this.#asks === 0 || performance.now() - this.#askedAt > PATIENCE);
  }

  beginAsk(): void {
    this.#asks++;
    this.#askedAt = performance.now();
  }

  endAsk(): void {
    this.#asks--;
  }

  settle(outcomes: ClaimOutcome[]): void {
    // Calls that were not asked with have got nothing.
    while (outcomes.length < this.calls.length) outcomes.push({ kind: 'none', waiting: 0 });
    this.#end(outcomes);
  }

  refuse(error: Error): void {
    this.#end(error);
  }

  #end(how: ClaimOutcome[] | Error): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.onSettled(how);
  }
}

/** Those who wait in one store. */
export class Waiters {
  readonly #waiting = new Set<Waiter>();
  readonly #freed = new Set<() => void>();

  get size(): number {
    return this.#waiting.size;
  }

  [Symbol.iterator](): IterableIterator<Waiter> {
    return [...this.#waiting].values();
  }

  add(waiter: Waiter): void {
    this.#waiting.add(waiter);
    this.#wakeLookers();
  }

  delete(waiter: Waiter): void {
    this.#waiting.delete(waiter);
    this.#wakeLookers();
  }

  /** Free ones, whose calls together are at most `limit`; each asks with at most `width`. */
  take(width: number, limit: number): Part[] {
    const parts: Part[] = [];
    let left = limit;
    for (const waiter of this.#waiting) {
      const count = Math.min(waiter.calls.length, width);
      if (!waiter.isFree || count > left) continue;
      left -= count;
      waiter.beginAsk();
      parts.push({ waiter, count, state: 'asked' });
    }
    return parts;
  }

  /** Resolves when a waiter is free, nobody waits, or those who wait have waited long enough for another shard. */
  async free(): Promise<void> {
    const start = performance.now();
    while (this.size > 0 && performance.now() - start <= PATIENCE) {
      if ([...this.#waiting].some(({ isFree }) => isFree)) return;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#freed.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, PATIENCE);
        this.#freed.add(wake);
      });
    }
  }

  /** The answer for a part has come, if it was still awaited. What is too much is returned. */
  answer(part: Part, outcomes: ClaimOutcome[]): Granted[] {
    const { waiter } = part;
    part.state = 'answered';
    waiter.endAsk();
    if (waiter.isSettled) return outcomes.filter(isGranted);
    if (outcomes.some(isGranted)) waiter.settle(outcomes);
    else if (waiter.isEnding && !waiter.isAsking) waiter.settle([]);
    else if (this.#waiting.delete(waiter)) {
      // Later waiters get their turn first.
      this.#waiting.add(waiter);
      this.#wakeLookers();
    }
    return [];
  }

  #wakeLookers(): void {
    for (const wake of [...this.#freed]) wake();
  }
}

/** What one shard is asked for one waiter. */
export interface Part {
  readonly waiter: Waiter;
  /** How many of its calls, from the first on. */
  readonly count: number;
  /** Who tells what became of it: the call that asked, or the one that cancels that. */
  state: 'asked' | 'cancelled' | 'answered';
}
