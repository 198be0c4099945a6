import { join } from 'node:path';
import type { Store } from '../../src/core/store.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import type { Subject } from '../../src/testing/index.js';
import { ManualClock } from '../../src/testing/index.js';
import { temporaryFolder } from '../subjects.js';

export interface ClockedSubject extends Subject {
  readonly clock: ManualClock;
}

/** Always one half: two stores draw alike. */
const random = (): number => 0.5;

function subject(store: Store, clock: ManualClock, dispose: () => Promise<void>): ClockedSubject {
  return { store, clock, advance: async (ms) => clock.advance(ms), dispose };
}

export function memorySubject(clock = new ManualClock()): ClockedSubject {
  const store = memoryStore({ clock, random });
  return subject(store, clock, () => store.close());
}

/** One file for many histories: each has a namespace of its own. */
export class SqliteSubjects {
  readonly #clock = new ManualClock();
  readonly #folder = temporaryFolder();
  readonly #store = sqliteStore(join(this.#folder.path, 'tusker.db'), {
    clock: this.#clock,
    random,
    synchronous: 'NORMAL',
  });
  #count = 0;

  next(): ClockedSubject {
    return subject(this.#store.namespace(`history ${this.#count++}`), this.#clock, async () => {});
  }
  async close(): Promise<void> {
    await this.#store.close();
    this.#folder.remove();
  }
}
