import { publishedSweep } from '../client/publishing.js';
import { SWEEP_STEPS } from '../client/sweeping.js';
import type { Store } from '../core/store.js';

/** A sweep at least this often, in ms, with jitter. */
const LONGEST_PAUSE = 1000;

/**
 * Sweeps at the next due moment, at least every second, each shard on its own: one that is slow or dead keeps none of the
 * others waiting. Each worker has one: whoever sweeps first leaves nothing to the others. Its timers do not keep the
 * process alive.
 */
export class Sweeper {
  readonly #sweepers: readonly ShardSweeper[];

  constructor(store: Store, onError: (error: unknown) => void) {
    const { shards = 1 } = store;
    this.#sweepers = Array.from(
      { length: shards },
      (_, shard) => new ShardSweeper(store, shards === 1 ? undefined : shard, onError),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sweepers.map((sweeper) => sweeper.stop()));
  }
}

class ShardSweeper {
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #sweeping: Promise<void> | undefined;

  constructor(
    private readonly store: Store,
    private readonly shard: number | undefined,
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
      const { more, nextDue, now } = await publishedSweep(this.store, SWEEP_STEPS, undefined, this.shard);
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
