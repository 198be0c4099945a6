import { setMaxListeners } from 'node:events';
import type { Claim, Tusker } from '../index.js';

/** How long one look for a task waits, in ms: between two looks there is time to sweep. */
const LOOK = 1000;
/** A sweep at least this often while somebody waits, in ms, with jitter. */
const SWEEP_PAUSE = 1000;
const SWEEP_STEPS = 1000;
/** As long as the attempt: a lease never goes beyond its `timeout`, and this is the longest that can be asked for. */
const WHOLE_ATTEMPT = 366 * 86_400_000;

type Fetched<Info> = Claim<Info, unknown, unknown>;

/** The waits for released tasks of one manager. They sweep as they wait, so that no task is stuck without cron. */
export class Fetching<Info> {
  readonly #stopping = new AbortController();
  readonly #waits = new Set<Promise<unknown>>();
  #sweepAt = 0;

  /** @param onSweepError trouble with a sweep: the wait goes on */
  constructor(private readonly onSweepError: (error: Error) => void) {
    // Any number of waits listens to the one signal.
    setMaxListeners(0, this.#stopping.signal);
  }

  /** The next released task, however long it takes; `undefined` once stopped. Keeps the process alive. */
  async next(tusker: Tusker): Promise<Fetched<Info> | undefined> {
    const wait = this.#wait(tusker);
    this.#waits.add(wait);
    try {
      return await wait;
    } finally {
      this.#waits.delete(wait);
    }
  }

  async #wait(tusker: Tusker): Promise<Fetched<Info> | undefined> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#sweep(tusker);
      const claim = await this.#look(tusker, signal);
      if (claim && !signal.aborted) return claim;
      await claim?.giveBack();
    }
    return undefined;
  }

  async #look(tusker: Tusker, signal: AbortSignal): Promise<Fetched<Info> | null> {
    try {
      return (await tusker.fetchReleased({ timeout: LOOK, lease: WHOLE_ATTEMPT, signal })) as Fetched<Info> | null;
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }

  async #sweep(tusker: Tusker): Promise<void> {
    const now = performance.now();
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + SWEEP_PAUSE * (0.75 + Math.random() * 0.25);
    await tusker.sweep({ limit: SWEEP_STEPS }).catch(this.onSweepError);
  }

  /** Ends all waits; a task that one of them got on the way is given back. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#waits);
  }
}
