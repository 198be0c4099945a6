import { onTestFinished, vi } from 'vitest';
import type { Clock } from '../../src/core/clock.js';

/** When it begins, in ms since 1970. */
const BEGINNING = Date.UTC(2026, 0, 1);

/**
 * Time that stands still until the test lets it pass: timers, `performance.now()` (0 at first) and the clock for the
 * store move together. Real time is back when the test is over.
 *
 * @example
 * const time = stillTime()
 * const store = memoryStore({ clock: time.clock })
 * await time.passes(20_000)   // fires what is due on the way, in order, and lets promises settle in between
 */
export class StillTime {
  readonly clock: Clock = { now: () => BEGINNING + Math.floor(performance.now()) };

  /** Lets so many ms pass. */
  async passes(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
    await this.settles();
  }

  /** The clock goes on by so many ms, and timers do not notice, as in a process that slept: they fire so much later. */
  leaps(ms: number): void {
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + ms);
  }

  /** So many ms pass while nothing else has its turn, as when the process was stopped: timers first, answers after them. */
  passesAtOnce(ms: number): void {
    vi.advanceTimersByTime(ms);
  }

  /** Lets what is under way come to rest, without time passing: microtasks, ticks and turns of the event loop. */
  async settles(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** So long since the beginning, in ms. */
  get now(): number {
    return performance.now();
  }
}

export function stillTime(): StillTime {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  return new StillTime();
}
