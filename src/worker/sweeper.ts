import { publishedSweep } from '../client/publishing.js';
import { SWEEP_STEPS } from '../client/sweeping.js';
import type { Store } from '../core/store.js';

/** A sweep at least this often, in ms, with jitter. */
const LONGEST_PAUSE = 1000;

/**
 * Sweeps at the next due moment, at least every second. Each worker has one: whoever sweeps first leaves nothing to
 * the others. Its timer does not keep the process alive.
 */
export class Sweeper {
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #sweeping: Promise<void> | undefined;

  constructor(
    private readonly store: Store,
    private readonly onError: (error: unknown) => void,
  ) {
    this.#schedule(0);
  }

  #schedule(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#sweeping = this.#sweep();
    }, ms);
    this.#timer.unref();
  }

  async #sweep(): Promise<void> {
    let pause = LONGEST_PAUSE * (0.75 + Math.random() * 0.25);
    try {
      const { more, nextDue, now } = await publishedSweep(this.store, SWEEP_STEPS);
      if (more) pause = 1;
      else if (nextDue !== null) pause = Math.max(1, Math.min(pause, nextDue - now + 1 + Math.random() * 5));
    } catch (error) {
      if (!this.#stopped) this.onError(error);
    }
    this.#schedule(pause);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
  }
}
