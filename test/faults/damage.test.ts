import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker, isTuskerError } from '../../src/index.js';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import { openDatabase } from '../../src/stores/embedded/sqlite-driver.js';
import { ManualClock } from '../../src/testing/index.js';
import { temporaryFolder } from '../subjects.js';
import { listed } from '../tuskers.js';

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
let clock: ManualClock;
let tusker: Tusker;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder.path, 'tusker.db');
  clock = new ManualClock();
  tusker = createTusker({ store: sqliteStore(file, { clock, synchronous: 'NORMAL' }) }) as Tusker;
});
afterEach(async () => {
  await tusker.stop({ grace: 0 });
  folder.remove();
});

/** Writes into the file as nobody should. */
function tamper(sql: string): void {
  const database = openDatabase(file);
  database.exec(sql);
  database.close();
}

/** An unreadable record may be told of once; the next call finds it out of the way. */
async function insistently<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isTuskerError(error, 'STORE_CORRUPT')) throw error;
    return call();
  }
}

describe('a file that is not ours is refused, and left as it is', () => {
  test('text', async () => {
    writeFileSync(file, 'This is not a database, but it is long enough to be looked at. '.repeat(20));
    await expect(tusker.stats()).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining(file),
    });
  });
  test('a database of another program', async () => {
    tamper('create table theirs (x)');
    await expect(tusker.lock('t', 1)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    tamper('insert into theirs values (1)');
  });
  test('a newer schema', async () => {
    await tusker.close('t');
    tamper('pragma user_version = 99');
    const late = createTusker({ store: sqliteStore(file) });
    await expect(late.stats()).rejects.toMatchObject({
      code: 'UNSUPPORTED_SERVER',
      message: expect.stringContaining('99'),
    });
    await late.stop({ grace: 0 });
  });
  test('a folder that is not there', async () => {
    const nowhere = createTusker(`sqlite:${join(folder.path, 'no', 'such.db')}`);
    await expect(nowhere.stats()).rejects.toMatchObject({ code: 'CONNECTION' });
    await nowhere.stop({ grace: 0 });
  });
});

describe.each([
  ['no JSON', '{"name":'],
  ['JSON of another shape', '[]'],
  ['an empty object', '{}'],
])('a task record that is %s', (_, record) => {
  const spoil = (name: string) => tamper(`update task set record = '${record}' where name = '${name}'`);
  const corrupt = { code: 'STORE_CORRUPT', key: expect.stringContaining('bad') };

  test('is a coded error with its key for each verb, and its neighbours in the same batch go on', async () => {
    await tusker.open('bad');
    await tusker.open('good');
    spoil('bad');
    const answers = await Promise.allSettled([
      tusker.tryLock('good', 1),
      tusker.tryLock('bad', 1),
      tusker.open('bad'),
      tusker.open('good'),
      tusker.cancel('bad'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled', 'rejected']);
    expect(answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))).toEqual([
      expect.objectContaining(corrupt),
      expect.objectContaining(corrupt),
      expect.objectContaining(corrupt),
    ]);
    await expect(tusker.explain('bad')).rejects.toMatchObject(corrupt);
    expect((await tusker.explain('good')).detail.units.locked).toBe(1);
  });

  test('does not keep a worker from the tasks behind it in the queue', async () => {
    await tusker.close('bad');
    clock.advance(1);
    await tusker.close('good');
    spoil('bad');
    expect((await insistently(() => tusker.fetchReleased()))?.task).toBe('good');
    expect(await tusker.fetchReleased()).toBeNull();
  });

  test('does not keep the sweep from the tasks that are due', async () => {
    for (const task of ['bad', 'good']) {
      await tusker.tryLock(task, 1, { ttl: 1000, renew: false });
      await tusker.close(task, { unitGrace: 1000 });
    }
    spoil('bad');
    clock.advance(10_000);
    await insistently(() => tusker.sweep());
    clock.advance(10_000);
    await insistently(() => tusker.sweep());
    expect((await tusker.explain('good')).state).toBe('failed');
  });

  test('does not keep its neighbours from being listed', async () => {
    await tusker.open('bad');
    await tusker.open('good');
    spoil('bad');
    const open = await insistently(() => listed(tusker.tasks({ state: 'open' })));
    expect(open.map(({ task }) => task)).toEqual(['good']);
  });
});

describe('a unit record that cannot be read', () => {
  const spoil = () => tamper(`update unit set record = '{' where name = 'bad'`);

  test('is a coded error; the other units go on', async () => {
    const bad = await tusker.lock('t', 'bad', { renew: false });
    const good = await tusker.lock('t', 'good', { renew: false });
    spoil();
    const answers = await Promise.allSettled([good.unlock(1), bad.unlock(1)]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await expect(bad.extend(1000)).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      key: expect.stringContaining('bad'),
    });
    expect((await listed(tusker.units('t', { state: 'done' }))).map(({ unit }) => unit)).toEqual(['good']);
  });

  test('does not keep the sweep from the tasks that are due, and its own task ends at its deadline', async () => {
    for (const [task, unit] of [
      ['spoilt', 'bad'],
      ['sound', 'good'],
    ] as const) {
      await tusker.tryLock(task, unit, { ttl: 1000, renew: false });
      await tusker.close(task, { unitGrace: 1000, deadline: 20_000 });
    }
    spoil();
    for (let i = 0; i < 3; i++) {
      clock.advance(10_000);
      await insistently(() => tusker.sweep());
    }
    expect(await tusker.stats()).toMatchObject({ locked: 0, failed: 2 });
    expect((await tusker.explain('sound')).state).toBe('failed');
  });
});
