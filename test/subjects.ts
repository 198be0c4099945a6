import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '../src/stores/embedded/memory.js';
import { sqliteStore } from '../src/stores/embedded/sqlite.js';
import type { Subject } from '../src/testing/index.js';
import { ManualClock } from '../src/testing/index.js';

/** A folder that is gone after `remove`. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'tusker-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The stores that the suites run on, each with a clock moved by hand. */
export const SUBJECTS: Record<string, () => Promise<Subject & { clock: ManualClock }>> = {
  memory: async () => {
    const clock = new ManualClock();
    const store = memoryStore({ clock });
    return { store, clock, advance: async (ms) => clock.advance(ms), dispose: () => store.close() };
  },
  sqlite: async () => {
    const clock = new ManualClock();
    const folder = temporaryFolder();
    const store = sqliteStore(join(folder.path, 'tusker.db'), { clock, synchronous: 'NORMAL' });
    const dispose = async (): Promise<void> => {
      await store.close();
      folder.remove();
    };
    return { store, clock, advance: async (ms) => clock.advance(ms), dispose };
  },
};
