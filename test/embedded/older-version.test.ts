/** A file that an older tusker wrote, and a process of that version that is still at work on it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import { openDatabase } from '../../src/stores/embedded/sqlite-driver.js';
import type { History } from '../../src/testing/index.js';
import { ManualClock } from '../../src/testing/index.js';
import { fixture, goesOn, LaterHistory, showsAll, WRITTEN_AT } from '../fixtures/older.js';
import { temporaryFolder } from '../subjects.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());
let files = 0;

function oldFile(): string {
  const path = join(folder.path, `${files++}.db`);
  writeFileSync(path, fixture('version-1.db'));
  return path;
}

function today(path: string): History {
  const clock = new ManualClock(WRITTEN_AT);
  const store = sqliteStore(path, { namespace: 'old', clock, random: () => 0.5 });
  onTestFinished(() => store.close());
  return new LaterHistory({ store, advance: async (ms) => clock.advance(ms), dispose: async () => {} });
}

function open(path: string): ReturnType<typeof openDatabase> {
  const database = openDatabase(path);
  onTestFinished(() => database.close());
  return database;
}

test('a file of the version before is brought up to this one: all is there, and goes its way', async () => {
  const path = oldFile();
  expect(open(path).prepare('pragma user_version').get()).toEqual([1]);
  const h = today(path);
  await showsAll(h);
  expect(open(path).prepare('pragma user_version').get()).toEqual([3]);
  await goesOn(h);
});

test('so is one of version 2, whose units kept nothing of their earlier locks', async () => {
  const path = oldFile();
  const before = today(path);
  await before.done('of 2', 'u');
  await before.store.close();
  open(path).exec('pragma user_version = 2');
  const h = today(path);
  expect((await h.redo('of 2', 'u')).kind).toBe('redone');
  expect(open(path).prepare('pragma user_version').get()).toEqual([3]);
  await h.done('of 2', 'u', '1');
  await showsAll(h);
});

test('two processes bring it up at once', async () => {
  const path = oldFile();
  const [one, other] = [today(path), today(path)];
  await Promise.all([showsAll(one), showsAll(other)]);
  await goesOn(other);
});

test('an upgrade that fails half-way has changed nothing', async () => {
  const path = oldFile();
  const database = open(path);
  database.exec('create index unit_ended on unit (due)');
  await expect(today(path).stats()).rejects.toMatchObject({ code: 'CONNECTION' });
  expect(database.prepare('pragma user_version').get()).toEqual([1]);
  expect(database.prepare('select count(*) from unit where state = 2').get()).toEqual([7]);
  expect(() => database.prepare('select ended from unit')).toThrow(/ended/);
  database.exec('drop index unit_ended');
  await showsAll(today(path));
});

test('during a deploy a process of the older version goes on: its units are named, too', async () => {
  const path = oldFile();
  const older = open(path);
  // As the older version wrote them, its connection being older than the upgrade.
  const fail = older.prepare(
    "update unit set state = 2, due = due, record = record, result = null where name = 'live'",
  );
  const relock = older.prepare("update unit set state = 0, due = due, record = record, result = null where name = 'b'");
  const h = today(path);
  await h.failUnit('open', 'ours', await h.token('open', 'ours'));
  fail.run();
  relock.run();
  const { incomplete } = await h.detail('open');
  expect(incomplete?.names).toEqual(['a', 'c', 'ours', 'live']);
});

test('a file of a newer version is refused by code, with both numbers', async () => {
  const path = oldFile();
  open(path).exec('pragma user_version = 4');
  await expect(today(path).stats()).rejects.toMatchObject({
    code: 'UNSUPPORTED_SERVER',
    message: `${path} has schema version 4, this tusker reads 3; use the tusker that wrote it`,
  });
});
