import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreReader, TaskEvent } from '../index.js';
import { PAGE } from './reader.js';
import { Series } from './series.js';

/** Events kept in memory: as many as a store keeps. */
const KEPT = 10_000;
/** How long one look waits for news, in ms. */
const LOOK = 10_000;
const PAUSE_AFTER_ERROR = 1000;
/** Nobody has looked for so long: the reading ends, and what was read is forgotten. */
const IDLE = 60_000;

/**
 * What happens in a namespace, read from its events while somebody looks: the kept history first, then as it happens.
 * One reader for all pages.
 */
export class Activity {
  #run: Run | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly reader: StoreReader) {}

  /** What is known, once the history has been read. Somebody looks: the reading goes on for a while. */
  async seen(): Promise<Seen> {
    const run = this.#keepReading();
    await run.caughtUp;
    return run;
  }

  /** Calls back after something happened; a function to stop it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#keepReading();
    return () => this.#listeners.delete(listener);
  }

  #keepReading(): Run {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#rest(), IDLE).unref();
    this.#run ??= new Run(this.reader, () => {
      for (const listener of [...this.#listeners]) listener();
    });
    return this.#run;
  }

  #rest(): void {
    if (this.#listeners.size > 0) this.#keepReading();
    else this.stop();
  }

  stop(): void {
    clearTimeout(this.#idle);
    this.#run?.stop();
    this.#run = undefined;
  }
}

/** What a reading has come to know. */
export interface Seen {
  readonly series: Series;
  /** The newest last. */
  readonly events: readonly TaskEvent[];
  /** When a worker has claimed a task last. */
  readonly lastClaimAt: number | null;
}

class Run implements Seen {
  readonly series = new Series();
  readonly caughtUp: Promise<void>;
  events: TaskEvent[] = [];
  lastClaimAt: number | null = null;
  readonly #stop = new AbortController();

  constructor(
    private readonly reader: StoreReader,
    private readonly tell: () => void,
  ) {
    this.caughtUp = new Promise((resolve) => {
      void this.#read(resolve);
    });
  }

  stop(): void {
    this.#stop.abort();
  }

  async #read(caughtUp: () => void): Promise<void> {
    const { signal } = this.#stop;
    let after = '0';
    let wait = 0;
    while (!signal.aborted) {
      try {
        const { events, cursor } = await this.reader.events({ after, limit: PAGE, wait, signal });
        after = cursor;
        this.#take(events);
        if (events.length < PAGE) {
          wait = LOOK;
          caughtUp();
        }
        if (events.length > 0) this.tell();
      } catch {
        // The pages tell of a store that cannot be read; this goes on when it can.
        caughtUp();
        await sleep(PAUSE_AFTER_ERROR, undefined, { signal, ref: false }).catch(() => {});
      }
    }
    caughtUp();
  }

  #take(events: readonly TaskEvent[]): void {
    for (const event of events) {
      this.series.see(event);
      this.events.push(event);
      if (event.kind === 'claimed') this.lastClaimAt = event.at;
    }
    if (this.events.length > KEPT + PAGE) this.events = this.events.slice(-KEPT);
  }
}
