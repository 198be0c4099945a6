/** A copy of a SQLite store that others go on to use. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { backupSqlite, sqliteStore } from '../../src/stores/embedded/sqlite.js';
import { openDatabase } from '../../src/stores/embedded/sqlite-driver.js';
import { endAfterTest } from '../harness/endings.js';
import { builtModules } from '../harness/shared.js';
import { temporaryFolder } from '../subjects.js';
import { listed, until } from '../tuskers.js';
import { child, exited, readFacts } from './processes.js';

let dist: string;
beforeAll(async () => {
  dist = await builtModules();
});

function newFolder(): { path: string; at(name: string): string; names(): string[] } {
  const { path, remove } = temporaryFolder();
  endAfterTest(remove);
  return { path, at: (name) => join(path, name), names: () => readdirSync(path).sort() };
}

function opened(file: string): Tusker {
  const tusker = createTusker({ store: sqliteStore(file, { synchronous: 'NORMAL' }) }) as Tusker;
  endAfterTest(() => tusker.stop({ grace: 0 }));
  return tusker;
}

/** A store of this size that nobody has open. */
async function filled(file: string, mebibytes: number): Promise<void> {
  const tusker = createTusker({ store: sqliteStore(file, { synchronous: 'NORMAL' }) });
  for (let i = 0; i < mebibytes; i++) await tusker.run('large', i, () => 'x'.repeat(1024 * 1024 - 100));
  await tusker.stop();
}

function expectWhole(file: string): void {
  const database = openDatabase(file);
  endAfterTest(() => database.close());
  expect(database.prepare('pragma integrity_check').all()).toEqual([['ok']]);
}

/** `tusker backup` as a process, which may write no file larger than this. */
function backup(file: string, copy: string, most = 'unlimited'): ChildProcess {
  const words = [process.execPath, `${dist}/cli/main.js`, 'backup', '--url', `sqlite:${file}`, copy];
  const started = spawn('bash', ['-c', `ulimit -f ${most}; exec "$@"`, 'bash', ...words]);
  endAfterTest(() => void started.kill('SIGKILL'));
  return started;
}

test('under load the copy has all that was acknowledged before it, is whole, and is a store like the other', async () => {
  const folder = newFolder();
  const [file, copy, facts] = [folder.at('tusker.db'), folder.at('copy.db'), folder.at('facts')];
  writeFileSync(facts, '');
  const writers = ['a', 'b'].map((name) => child('acknowledged', dist, file, facts, name));
  for (const writer of writers) endAfterTest(() => void writer.kill('SIGKILL'));
  await until('work under way', () => new Set(readFacts(facts).map(([, name]) => name)).size === 2);
  const before = readFacts(facts);
  const report = await backupSqlite(file, copy);
  const during = readFacts(facts).length;
  await until('work that goes on', () => readFacts(facts).length > during);
  for (const writer of writers) writer.send('stop');
  await Promise.all(writers.map(exited));

  expect(report).toEqual({ file: copy, bytes: statSync(copy).size });
  expect(folder.names().filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
  expectWhole(copy);
  const restored = opened(copy);
  for (const name of ['a', 'b']) {
    const done = (await listed(restored.units(name, { state: 'done' }))).map(({ unit }) => Number(unit));
    expect(done.length).toBeGreaterThanOrEqual(before.filter(([, task]) => task === name).length);
    // One after another, without a hole.
    expect(done.sort((a, b) => a - b)).toEqual(done.map((_, place) => place));
  }
  expect(await restored.run('a', 'after the copy', () => 1)).toBe(1);
});

test('nothing is put in the place of something else', async () => {
  const folder = newFolder();
  const store = folder.at('store.db');
  await filled(store, 1);
  writeFileSync(folder.at('letter'), 'dear');
  symlinkSync(folder.at('nowhere'), folder.at('link'));
  for (const [copy, kind] of [
    [store, 'itself'],
    [folder.at('letter'), 'a file'],
    [folder.at('link'), 'a link that leads nowhere'],
    [folder.path, 'a folder'],
  ] as const) {
    await expect(backupSqlite(store, copy), kind).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'copy' });
  }
  // The log of another database: the copy would take it for its own.
  writeFileSync(folder.at('copy.db-wal'), 'theirs');
  await expect(backupSqlite(store, folder.at('copy.db'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(readFileSync(folder.at('letter'), 'utf8')).toBe('dear');
  expect(folder.names()).toEqual(['copy.db-wal', 'letter', 'link', 'store.db']);
});

test('nor of what came there while it was made', async () => {
  const folder = newFolder();
  const [file, copy] = [folder.at('tusker.db'), folder.at('copy.db')];
  await filled(file, 24);
  const slow = backup(file, copy);
  await until('half a copy', () => folder.names().some((name) => name.endsWith('.part')));
  writeFileSync(copy, 'dear');
  expect(await exited(slow)).toMatchObject({ code: 2 });
  expect(readFileSync(copy, 'utf8')).toBe('dear');
  expect(folder.names()).toEqual(['copy.db', 'tusker.db']);
});

test('what is no store is not copied, and nothing is left of the try', async () => {
  const folder = newFolder();
  const [file, copy] = [folder.at('tusker.db'), folder.at('copy.db')];
  await expect(backupSqlite(file, copy)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'path' });
  expect(folder.names()).toEqual([]);
  writeFileSync(file, 'a letter, not a database, and longer than the head of one: '.repeat(40));
  await expect(backupSqlite(file, copy)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  const database = openDatabase(folder.at('other.db'));
  database.exec('create table t (a)');
  database.close();
  await expect(backupSqlite(folder.at('other.db'), copy)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  expect(folder.names()).toEqual(['other.db', 'tusker.db']);
  await filled(folder.at('store.db'), 1);
  await expect(backupSqlite(folder.at('store.db'), folder.at('missing/copy.db'))).rejects.toMatchObject({
    code: 'CONNECTION',
    message: expect.stringMatching(/The copy .*copy.db was not made: ENOENT/),
  });
});

test.each([undefined, null, 1, '', 'a\0b', new URL('file:///tmp/copy.db')])(
  '%s is no path of a file or its copy',
  async (path) => {
    const folder = newFolder();
    await filled(folder.at('tusker.db'), 0);
    const refused = { code: 'INVALID_ARGUMENT' };
    await expect(backupSqlite(path as string, folder.at('copy.db'))).rejects.toMatchObject(refused);
    await expect(backupSqlite(folder.at('tusker.db'), path as string)).rejects.toMatchObject(refused);
  },
);

test('nobody is told to delete a file that is damaged', async () => {
  const folder = newFolder();
  writeFileSync(folder.at('tusker.db'), 'x'.repeat(5000));
  const damaged = {
    code: 'STORE_CORRUPT',
    message: expect.stringMatching(/tusker\.db" is damaged, or no .*Go back to a copy\.$/),
  };
  await expect(backupSqlite(folder.at('tusker.db'), folder.at('copy.db'))).rejects.toMatchObject(damaged);
  await expect(opened(folder.at('tusker.db')).stats()).rejects.toMatchObject(damaged);
});

test('a copy that was killed has no name yet; the next one to the same file takes what is left of it away', async () => {
  const folder = newFolder();
  const [file, copy] = [folder.at('tusker.db'), folder.at('copy.db')];
  await filled(file, 24);
  const killed = backup(file, copy);
  const part = (): string => folder.at(`copy.db.${killed.pid}.part`);
  await until('half a copy', () => existsSync(part()) && statSync(part()).size > 1024 * 1024);
  killed.kill('SIGKILL');
  await exited(killed);
  expect([existsSync(copy), existsSync(part())]).toEqual([false, true]);
  expect(await exited(backup(file, copy))).toMatchObject({ code: 0 });
  expect(folder.names()).toEqual(['copy.db', 'tusker.db']);
  expectWhole(copy);
  expect(await opened(copy).stats()).toMatchObject({ open: 1 });
});

test('a disk that is full leaves nothing', async () => {
  const folder = newFolder();
  const [file, copy] = [folder.at('tusker.db'), folder.at('copy.db')];
  await filled(file, 4);
  // In KiB.
  const full = backup(file, copy, '2000');
  let said = '';
  full.stderr?.on('data', (text) => {
    said += text;
  });
  expect(await exited(full)).toMatchObject({ code: 69 });
  expect(said).toMatch(/CONNECTION: The copy .*copy.db was not made/);
  expect(folder.names()).toEqual(['tusker.db']);
  expect(await opened(file).stats()).toMatchObject({ open: 1 });
});

test('the copy is as private as the file', async () => {
  const folder = newFolder();
  await filled(folder.at('tusker.db'), 1);
  chmodSync(folder.at('tusker.db'), 0o600);
  await backupSqlite(folder.at('tusker.db'), folder.at('copy.db'));
  expect(statSync(folder.at('copy.db')).mode & 0o777).toBe(0o600);
});
