/** What the SQLite store asks of the file, and what it does when the file refuses. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import type { Database } from '../../src/stores/embedded/sqlite-driver.js';
import { openDatabase } from '../../src/stores/embedded/sqlite-driver.js';
import { History, ManualClock } from '../../src/testing/index.js';
import { temporaryFolder } from '../subjects.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());
let files = 0;
const fresh = (): string => join(folder.path, `${files++}.db`);

/** The connections that stores open, so that a test may ask and bend them: the store's own, real ones. */
vi.mock(import('../../src/stores/embedded/sqlite-driver.js'), async (original) => {
  const module = await original();
  return {
    ...module,
    openDatabase: (path: string): Database => {
      const database = module.openDatabase(path);
      opened.push(database);
      return database;
    },
  };
});
const { opened } = vi.hoisted(() => ({ opened: [] as Database[] }));

type Options = NonNullable<Parameters<typeof sqliteStore>[1]>;

/** A store that has been used, and its own connection. */
async function used(path: string, options: Options = {}): Promise<{ h: History; own: Database }> {
  const clock = new ManualClock();
  const store = sqliteStore(path, { clock, ...options });
  onTestFinished(() => store.close());
  const h = new History({ store, advance: async (ms) => clock.advance(ms), dispose: () => store.close() });
  await h.stats();
  return { h, own: opened[opened.length - 1] as Database };
}

function asked(own: Database, pragma: string): unknown {
  return own.prepare(`pragma ${pragma}`).get()?.[0];
}

/** Another process that writes, as far as the file can tell. */
function writer(path: string): Database {
  const other = openDatabase(path);
  other.exec('pragma busy_timeout = 0');
  other.exec('begin immediate');
  return other;
}

test.each([
  [{}, 2],
  [{ synchronous: 'FULL' }, 2],
  [{ synchronous: 'NORMAL' }, 1],
] as const)(
  'a store with the options %j has synchronous %i on its own connection, and a write-ahead log',
  async (options, level) => {
    const { own } = await used(fresh(), options);
    expect(asked(own, 'synchronous')).toBe(level);
    expect(asked(own, 'journal_mode')).toBe('wal');
    expect(asked(own, 'busy_timeout')).toBe(0);
    expect(asked(own, 'journal_size_limit')).toBe(32 * 1024 * 1024);
  },
);

test.each([
  ['options.synchronised', { synchronised: 'NORMAL' }],
  ['options.synchronous', { synchronous: 'OFF' }],
  ['options.busyTimeout', { busyTimeout: -1 }],
])('a wrong %s is refused when the store is made', (argument, options) => {
  expect(() => sqliteStore(fresh(), options as Options)).toThrow(expect.objectContaining({ argument }));
});

test('a file that stays busy is given up after busyTimeout, not before and not much later', async () => {
  const path = fresh();
  const { h } = await used(path, { busyTimeout: 200 });
  const other = writer(path);
  onTestFinished(() => other.close());
  const start = performance.now();
  await expect(h.token('t', 'u')).rejects.toMatchObject({
    code: 'CONNECTION',
    message: expect.stringMatching(/^SQLite: ".*" was busy for 200 ms, as others write; nothing was written\.$/),
  });
  const took = performance.now() - start;
  expect(took).toBeGreaterThan(200);
  // Far from the default, however slow the machine.
  expect(took).toBeLessThan(8000);
  // Reading goes on beside the writer, and after it.
  expect(await h.state('t')).toBeNull();
  other.exec('rollback');
  expect(await h.state('t')).toBeNull();
  expect((await h.lock('t', 'u')).kind).toBe('locked');
});

test('a busy file is waited for: the call goes on when the other one is done', async () => {
  const path = fresh();
  const { h } = await used(path, { busyTimeout: 60_000 });
  const other = writer(path);
  const locking = h.lock('t', 'u');
  for (let turns = 0; turns < 20; turns++) await turn();
  other.exec('commit');
  other.close();
  expect((await locking).kind).toBe('locked');
});

test('an opening that failed is tried again by the next call on the same store', async () => {
  const missing = join(folder.path, 'missing');
  const store = sqliteStore(join(missing, 'tusker.db'));
  onTestFinished(() => store.close());
  await expect(store.stats()).rejects.toMatchObject({ code: 'CONNECTION' });
  mkdirSync(missing);
  expect(await store.stats()).toMatchObject({ open: 0 });
  const beside = store.namespace('beside');
  expect(await beside.stats()).toMatchObject({ open: 0 });
});

test('a file of somebody else is refused and left as it was; once it is gone the same store makes its own', async () => {
  const path = fresh();
  writeFileSync(path, 'a letter, not a database, and longer than the head of one: '.repeat(40));
  const store = sqliteStore(path);
  onTestFinished(() => store.close());
  await expect(store.stats()).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  expect(existsSync(`${path}-wal`)).toBe(false);
  rmSync(path);
  expect(await store.stats()).toMatchObject({ open: 0 });
});

/** Lets the file grow by nothing at all: the next page that a commit needs is refused as by a full disk. */
function fill(own: Database): void {
  own.prepare(`pragma max_page_count = ${asked(own, 'page_count')}`).all();
}
function empty(own: Database): void {
  own.prepare('pragma max_page_count = 1000000').all();
}

test('a full disk refuses the whole batch and nothing of it is remembered: neither tasks, units nor the namespace', async () => {
  const { h, own } = await used(fresh());
  const token = await h.token('t', 'kept');
  fill(own);
  const big = JSON.stringify('x'.repeat(100_000));
  const full = {
    code: 'CONNECTION',
    message: expect.stringMatching(/" cannot grow: the disk is full; nothing was written\. Free space in "/),
  };
  // The lock comes first and would be remembered; the result behind it finds no room.
  const both = [h.lockCall('t', 'new'), { verb: 'unlock', task: 't', unit: 'kept', token, result: big }] as const;
  await expect(h.store.apply(both)).rejects.toMatchObject(full);
  const elsewhere = h.store.namespace('elsewhere');
  await expect(elsewhere.apply([h.lockCall('t', 'u'), { ...h.openCall('o'), info: big }])).rejects.toMatchObject(full);
  empty(own);

  expect(await h.units('t')).toEqual({ kept: 'locked' });
  expect(await elsewhere.stats()).toMatchObject({ open: 0 });
  const again = await h.token('t', 'new');
  expect(await h.unlock('t', 'new', again, big)).toMatchObject({ kind: 'done', done: 1 });
  expect(await elsewhere.apply([h.lockCall('t', 'u')])).toMatchObject([{ kind: 'locked' }]);
  expect(await h.units('t')).toEqual({ kept: 'locked', new: 'done' });
  expect(asked(own, 'integrity_check')).toBe('ok');
});

test('a lock that a full disk refused is not found by an unlock with the token that it would have had', async () => {
  const { h, own } = await used(fresh());
  await h.token('t', 'kept');
  fill(own);
  const big = JSON.stringify('x'.repeat(100_000));
  const calls = [h.lockCall('t', 'ghost'), { ...h.openCall('o'), info: big }] as const;
  await expect(h.store.apply(calls)).rejects.toMatchObject({ code: 'CONNECTION' });
  empty(own);
  expect((await h.unlock('t', 'ghost', null)).kind).toBe('lost');
  expect(await h.units('t')).toEqual({ kept: 'locked' });
  expect((await h.detail('t')).units).toMatchObject({ locked: 1 });
});
