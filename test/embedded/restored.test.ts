/** A SQLite file that was brought back from an older copy: who had read on from there hears of a gap, and skips nothing. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Store } from '../../src/core/store.js';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import { History } from '../../src/testing/index.js';
import { endAfterTest } from '../harness/endings.js';
import { temporaryFolder } from '../subjects.js';

test.each([1, 20])('events behind an older copy of the file are told, when %i tasks were lost', async (lost) => {
  const folder = temporaryFolder();
  endAfterTest(() => folder.remove());
  const [now, older] = [join(folder.path, 'now'), join(folder.path, 'older')];
  mkdirSync(now);
  const file = join(now, 'tusker.db');
  /** What a process does: it opens the file and closes it. */
  const opened = async <T>(use: (h: History, store: Store) => Promise<T>): Promise<T> => {
    const store = sqliteStore(file, { synchronous: 'NORMAL' });
    try {
      return await use(new History({ store, advance: async () => {}, dispose: () => store.close() }), store);
    } finally {
      await store.close();
    }
  };
  await opened((h) => h.close('kept'));
  cpSync(now, older, { recursive: true });
  const cursor = await opened(async (h, store) => {
    for (let i = 0; i < lost; i++) await h.close(`lost ${i}`);
    return (await store.events({ limit: 1 })).cursor;
  });
  rmSync(now, { recursive: true });
  cpSync(older, now, { recursive: true });
  await opened(async (h, store) => {
    if (lost > 1) expect(await store.events({ after: cursor, limit: 10 })).toMatchObject({ gap: true, events: [] });
    for (const task of ['t', 'u']) await h.close(task);
    const page = await store.events({ after: cursor, limit: 10 });
    expect([page.gap, page.events.map(({ task }) => task)]).toEqual([true, ['t', 't', 't', 'u', 'u', 'u']]);
    expect(await store.events({ after: page.cursor, limit: 10 })).toMatchObject({ gap: false, events: [] });
  });
});
