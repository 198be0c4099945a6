import { join } from 'node:path';
import type { Tusker } from '../src/index.js';
import { createTusker } from '../src/index.js';
import { memoryStore } from '../src/stores/embedded/memory.js';
import { sqliteStore } from '../src/stores/embedded/sqlite.js';
import { ManualClock } from '../src/testing/index.js';
import { endAfterTest } from './harness/endings.js';
import { temporaryFolder } from './subjects.js';

/** A tusker on a memory store; stopped after the test. */
export function inMemory(options = {}): Tusker {
  const tusker = createTusker('memory:', options);
  endAfterTest(() => tusker.stop({ grace: 0 }));
  return tusker as Tusker;
}

/** The same with a clock that is moved by hand. */
export function withClock(options = {}): { tusker: Tusker; clock: ManualClock } {
  const clock = new ManualClock();
  const tusker = createTusker({ store: memoryStore({ clock }) }, options) as Tusker;
  endAfterTest(() => tusker.stop({ grace: 0 }));
  return { tusker, clock };
}

/** Two tuskers on one SQLite file, as two processes would have them. */
export function onOneFile(options = {}): [Tusker, Tusker] {
  const folder = temporaryFolder();
  endAfterTest(() => folder.remove());
  const make = (): Tusker => {
    const store = sqliteStore(join(folder.path, 'tusker.db'), { synchronous: 'NORMAL' });
    const tusker = createTusker({ store }, options) as Tusker;
    endAfterTest(() => tusker.stop({ grace: 0 }));
    return tusker;
  };
  return [make(), make()];
}

/** Resolves when `condition` holds; fails after twenty seconds with what was waited for. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Everything that an iterator gives. */
export async function listed<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
