/**
 * A clock that stands still until it is moved, for `memoryStore({ clock })` and `sqliteStore(path, { clock })`.
 *
 * @example
 * const clock = new ManualClock()
 * const tusker = createTusker({ store: memoryStore({ clock }) })
 * clock.advance(60_000)   // every lock of a minute is overdue now; a sweep ends it
 * await tusker.sweep()
 */
export class ManualClock {
  #now: number;

  /** @param start in ms since 1970; default 2026-01-01 */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** Moves the clock by so many ms, backwards when negative. */
  advance(ms: number): void {
    this.#now += ms;
  }
}
