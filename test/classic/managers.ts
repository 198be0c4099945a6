import type { Callback, ClassicTusker, Completed } from '../../src/classic/index.js';
import { initialize } from '../../src/index.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import { History, ManualClock } from '../../src/testing/index.js';
import { endAfterTest } from '../harness/endings.js';

/** A manager on a memory store with a clock moved by hand, and the history of that store. */
export function manage() {
  const clock = new ManualClock();
  const store = memoryStore({ clock });
  const manager = initialize({ store });
  endAfterTest(() => said((done) => manager.stop(done)));
  const history = new History({ store, advance: async (ms) => clock.advance(ms), dispose: async () => {} });
  return { manager, history };
}

/** What a callback was called with. */
export function said(call: (callback: Callback) => void): Promise<unknown[]> {
  return new Promise((resolve) => call((...args) => resolve(args)));
}

export interface Fetched {
  readonly task: string;
  readonly info: unknown;
  readonly completed: Completed;
}

/** The next task that `fetchReleased` gives. */
export function fetched(manager: ClassicTusker): Promise<Fetched> {
  return new Promise((resolve, reject) =>
    manager.fetchReleased((error, task, info, completed) =>
      error ? reject(error) : resolve({ task, info, completed }),
    ),
  );
}
