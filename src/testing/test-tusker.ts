import type {
  Lock,
  PlainPayloads,
  SchemaPayloads,
  Schemas,
  Store,
  TaskTypes,
  Tusker,
  TuskerOptions,
  UnitName,
} from '../index.js';
import { createTusker, InvalidArgumentError } from '../index.js';
import { memoryStore } from '../stores/embedded/memory.js';
import { waitUntilIdle } from './idleness.js';
import { ManualClock } from './manual-clock.js';
import { Watch, WatchedStore } from './watched-store.js';

/** How long `idle` waits unless told otherwise, in ms. */
const DEFAULT_TIMEOUT = 5000;
const SWEEP_STEPS = 1000;

/** A tusker for tests: in memory, with a clock that stands still until the test moves it. */
export class TestTusker<T = Tusker> implements AsyncDisposable {
  /** The clock of the store. `advance` moves it and lets time act; moved by hand it acts with the next sweep. */
  readonly clock = new ManualClock();
  /** Hand it to the code under test. */
  readonly tusker: T;
  readonly #watch = new Watch();
  readonly #stoppable: Tusker;

  /** @internal Made by `createTestTusker`. */
  constructor(options: TuskerOptions) {
    // Without a spread a backoff is as long as it says.
    const store = new WatchedStore(memoryStore({ clock: this.clock, random: () => 0 }), this.#watch);
    this.#stoppable = createTusker({ store }, options) as Tusker;
    this.tusker = this.#stoppable as T;
  }

  /**
   * Moves the clock by so many ms and ends everything that is due by then, in all namespaces: leases, graces, deadlines,
   * delays, retention.
   */
  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    for (const store of this.#watch.namespaces.values()) {
      while ((await store.sweep(SWEEP_STEPS)).more);
    }
  }

  /**
   * Resolves when nothing is under way in any namespace: no task waits for a worker, none is processed, no unit is
   * locked. What waits for time alone (a backoff, a grace, a deadline) or for more units is idle: `advance`, or go on.
   *
   * @throws Error naming what is still under way after `timeout` ms of real time, default 5000
   */
  idle({ timeout = DEFAULT_TIMEOUT }: { readonly timeout?: number | undefined } = {}): Promise<void> {
    return waitUntilIdle(this.#watch, timeout);
  }

  /**
   * Ends one live lock as if its holder had died and its time was over; other locks stay. The clock moves by 2 ms. The
   * signal of the lock aborts: before this resolves when the lock itself is given, else soon.
   *
   * @throws InvalidArgumentError when no such lock is live
   */
  expire(lock: Lock): Promise<void>;
  expire(task: string, unit: UnitName): Promise<void>;
  async expire(lockOrTask: Lock | string, name?: UnitName): Promise<void> {
    const { task, unit } = typeof lockOrTask === 'string' ? { task: lockOrTask, unit: String(name) } : lockOrTask;
    let ended = false;
    for (const store of this.#watch.namespaces.values()) ended = (await this.#end(store, task, unit)) || ended;
    if (!ended) throw new InvalidArgumentError('unit', unit, `a unit of task ${JSON.stringify(task)} that is locked`);
    if (typeof lockOrTask !== 'string') await lost(lockOrTask);
    this.#watch.spreadDoubt();
  }

  /** Ends the live lock on a unit of one namespace; whether there was one. */
  async #end(store: Store, task: string, unit: string): Promise<boolean> {
    const live = await liveToken(store, task, unit);
    if (live === undefined) return false;
    await store.apply([{ verb: 'extendLock', task, unit, token: live, ttl: 1 }]);
    await this.advance(2);
    return true;
  }

  /** Stops the tusker and its workers at once: handlers that run and locks that are held get no grace. Safe to repeat. */
  async stop(): Promise<void> {
    await this.#stoppable.stop({ grace: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** The token of the live lock on a unit. */
async function liveToken(store: Store, task: string, unit: string): Promise<number | undefined> {
  const page = await store.units({ task }, [unit]);
  const [view] = page.kind === 'units' ? page.units : [];
  return view?.state === 'locked' ? view.token : undefined;
}

/** Resolves when the lock knows that it is lost. */
async function lost(lock: Lock): Promise<void> {
  const { signal } = lock;
  if (signal.aborted || lock.isSettled) return;
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  lock.renew();
  await aborted;
}

/**
 * A tusker for tests, and what tests do to it. Nothing to install, no waiting for time.
 *
 * @example
 * await using kit = createTestTusker()
 * const songs = kit.tusker.namespace('songs')
 * songs.work(async ({ results }) => results())
 * await songs.run('song-1', 1, async () => 'part')
 * await songs.close('song-1')
 * await kit.idle()   // the worker is done
 */
export function createTestTusker<const S extends Schemas>(
  options: TuskerOptions<S> & { readonly schema: S },
): TestTusker<Tusker<SchemaPayloads<S>>>;
export function createTestTusker<T extends TaskTypes = object>(
  options?: TuskerOptions,
): TestTusker<Tusker<PlainPayloads<T>>>;
export function createTestTusker(options: TuskerOptions = {}): TestTusker {
  return new TestTusker(options);
}
