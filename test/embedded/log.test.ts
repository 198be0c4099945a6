/** The write-ahead log beside a SQLite file: it is as large as it has to be, and goes with the last store. */
import { readdirSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import { openDatabase } from '../../src/stores/embedded/sqlite-driver.js';
import { endAfterTest } from '../harness/endings.js';
import { temporaryFolder } from '../subjects.js';
import { until } from '../tuskers.js';

const MIB = 1024 * 1024;

function newFile(): string {
  const folder = temporaryFolder();
  endAfterTest(() => folder.remove());
  return join(folder.path, 'tusker.db');
}

function opened(file: string): Tusker {
  const tusker = createTusker({ store: sqliteStore(file, { synchronous: 'NORMAL' }) }) as Tusker;
  endAfterTest(() => tusker.stop({ grace: 0 }));
  return tusker;
}

const sizeOf = (path: string): number => statSync(path).size;

async function write(tusker: Tusker, task: string, mebibytes: number): Promise<void> {
  for (let i = 0; i < mebibytes; i++) await tusker.run(task, i, () => 'x'.repeat(MIB - 100));
}

test('a log that grew is cut when nobody has written for a while, each time', async () => {
  const file = newFile();
  const tusker = opened(file);
  for (const task of ['first', 'second']) {
    await write(tusker, task, 8);
    expect(sizeOf(`${file}-wal`)).toBeGreaterThan(8 * MIB);
    await until('a log without content', () => sizeOf(`${file}-wal`) === 0);
  }
});

test('the log of a file that the path is a link to is cut as well', async () => {
  const file = newFile();
  symlinkSync(basename(file), `${file}.link`);
  await write(opened(`${file}.link`), 'first', 8);
  expect(sizeOf(`${file}-wal`)).toBeGreaterThan(8 * MIB);
  await until('a log without content', () => sizeOf(`${file}-wal`) === 0);
});

test('a log that somebody reads from is cut when they have read', async () => {
  const file = newFile();
  const tusker = opened(file);
  await write(tusker, 'first', 1);
  const reader = openDatabase(file);
  endAfterTest(() => reader.close());
  reader.exec('begin');
  reader.prepare('select count(*) from unit').all();
  await write(tusker, 'second', 8);
  await until('a look at the log', () => sizeOf(file) > MIB);
  expect(sizeOf(`${file}-wal`)).toBeGreaterThan(8 * MIB);
  reader.exec('commit');
  await until('a log without content', () => sizeOf(`${file}-wal`) === 0);
});

test('a store that is closed leaves one file, the same with each driver', async () => {
  const file = newFile();
  const tusker = opened(file);
  await tusker.run('t', 1, () => 1);
  await tusker.stats();
  await tusker.stop();
  expect(readdirSync(dirname(file))).toEqual([basename(file)]);
  expect(await opened(file).stats()).toMatchObject({ open: 1 });
});
