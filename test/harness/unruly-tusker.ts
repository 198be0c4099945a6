import { onTestFinished } from 'vitest';
import type { Tusker, TuskerOptions } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import type { StillTime } from './still-time.js';
import { stillTime } from './still-time.js';
import { UnrulyStore } from './unruly-store.js';

/** A tusker over an unruly store, in time that stands still. Both are over when the test is. */
export interface UnrulyTusker {
  readonly tusker: Tusker;
  readonly store: UnrulyStore;
  readonly time: StillTime;
  /** Another tusker over the same tasks, as another process has it. What it asks is not written down. */
  peer(options?: TuskerOptions): Tusker;
}

export function unrulyTusker(options: TuskerOptions = {}): UnrulyTusker {
  const time = stillTime();
  const inner = memoryStore({ clock: time.clock, random: () => 0 });
  const store = new UnrulyStore(inner);
  const made = (over: UnrulyStore | typeof inner, given: TuskerOptions): Tusker => {
    const tusker = createTusker({ store: over }, given) as Tusker;
    onTestFinished(async () => {
      store.calmDown();
      // Handlers that never end are given up after their grace.
      await Promise.all([tusker.stop(), time.passes(20_000)]);
    });
    return tusker;
  };
  return { tusker: made(store, options), store, time, peer: (given = {}) => made(inner, given) };
}
