/** The file under a store: a process whose file is not the one of the others says so, and writes nothing where nobody looks. */
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createTusker } from '../../src/index.js';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import { openDatabase } from '../../src/stores/embedded/sqlite-driver.js';
import { endAfterTest } from '../harness/endings.js';
import { builtModules } from '../harness/shared.js';
import { temporaryFolder } from '../subjects.js';
import { listed } from '../tuskers.js';
import { child, exited, message } from './processes.js';

let dist: string;
beforeAll(async () => {
  dist = await builtModules();
});

interface Answer {
  readonly answer: string;
  readonly message?: string;
}

class Process {
  constructor(private readonly child: ChildProcess) {}

  static async on(file: string): Promise<Process> {
    const started = child('asked', dist, file);
    endAfterTest(() => void started.kill('SIGKILL'));
    await message(started);
    return new Process(started);
  }
  async does(...asked: (string | number)[]): Promise<Answer> {
    const answer = message<Answer>(this.child);
    this.child.send(asked);
    return answer;
  }
  /** Ends as programs do: nothing is left to do. */
  async leaves(): Promise<void> {
    expect(await this.does('stop')).toEqual(OK);
    this.child.disconnect();
    await exited(this.child);
  }
}

function newFile(): string {
  const folder = temporaryFolder();
  endAfterTest(() => folder.remove());
  return join(folder.path, 'tusker.db');
}

const OK = { answer: 'ok' };
const refused = (what: string): object => ({
  answer: 'STORE_LOST',
  message: expect.stringMatching(new RegExp(`${what}.*Restart the process; copy the file with "tusker backup" only`)),
});
const removed = (file: string): object => refused(`${basename(file)} was removed while this process had it open`);
const replaced = (file: string): object => refused(`${basename(file)} was replaced while this process had it open`);
const LOCKS_DROPPED = refused('opened and closed .*tusker.db by itself, as by copying or reading it');

async function unitsDone(file: string): Promise<string[]> {
  const tusker = createTusker(`sqlite:${file}`);
  endAfterTest(() => tusker.stop({ grace: 0 }));
  return (await listed(tusker.units('t'))).map(({ unit }) => unit);
}

function expectSound(file: string): void {
  const database = openDatabase(file);
  endAfterTest(() => database.close());
  expect(database.prepare('pragma integrity_check').all()).toEqual([['ok']]);
}

/** All files of the database away, or under another name. */
function move(file: string, to?: string): void {
  for (const part of ['', '-wal', '-shm']) {
    if (to === undefined) rmSync(file + part, { force: true });
    else if (existsSync(file + part)) renameSync(file + part, to + part);
  }
}

test('a process that copied its own file has lost its locks: it says so, and nothing that was acknowledged is lost', async () => {
  const file = newFile();
  const careless = await Process.on(file);
  const other = await Process.on(file);
  expect(await careless.does('run', 't', 1)).toEqual(OK);
  expect(await other.does('run', 't', 2)).toEqual(OK);
  expect(await careless.does('copy')).toEqual(OK);
  expect(await careless.does('run', 't', 3)).toMatchObject(LOCKS_DROPPED);
  // It takes itself for the last one. An older SQLite (before 3.51) removes the log now.
  await other.leaves();
  const itself = existsSync(`${file}-wal`) ? LOCKS_DROPPED : removed(`${file}-wal`);
  expect(await careless.does('run', 't', 3)).toMatchObject(itself);
  expect(await careless.does('read')).toMatchObject(itself);
  const next = await Process.on(file);
  expect(await next.does('run', 't', 4)).toEqual(OK);
  await careless.leaves();
  expect(await next.does('run', 't', 5)).toEqual(OK);
  await next.leaves();
  expect(await unitsDone(file)).toEqual(['1', '2', '4', '5']);
  expectSound(file);
});

test('no other store of a process that lost its locks opens the file, either', async () => {
  const file = newFile();
  const careless = await Process.on(file);
  expect(await careless.does('run', 't', 1)).toEqual(OK);
  expect(await careless.does('open')).toEqual(OK);
  expect(await careless.does('copy')).toEqual(OK);
  expect(await careless.does('read')).toMatchObject(LOCKS_DROPPED);
  expect(await careless.does('open')).toMatchObject(LOCKS_DROPPED);
  expect(await careless.does('stop')).toEqual(OK);
  expect(await careless.does('open')).toMatchObject(LOCKS_DROPPED);
  expect(await unitsDone(file)).toEqual(['1']);
});

test('a file that was removed is not made anew by the process that had it, nor used by it beside its successor', async () => {
  const file = newFile();
  const former = await Process.on(file);
  expect(await former.does('run', 't', 1)).toEqual(OK);
  move(file);
  expect(await former.does('run', 't', 2)).toMatchObject(removed(file));
  expect(readdirSync(dirname(file))).toEqual([]);
  const latter = await Process.on(file);
  expect(await latter.does('run', 't', 3)).toEqual(OK);
  expect(await former.does('run', 't', 3)).toMatchObject(replaced(file));
  await former.leaves();
  // It took nothing of its successor's away.
  expect(await latter.does('run', 't', 4)).toEqual(OK);
  await latter.leaves();
  expect(await unitsDone(file)).toEqual(['3', '4']);
  expectSound(file);
});

test('a file that was replaced by an older copy is not written to', async () => {
  const file = newFile();
  const [older, kept] = [`${file}.older`, `${file}.kept`];
  for (const path of [older, file]) {
    const first = await Process.on(path);
    await first.does('run', 't', path === file ? 2 : 1);
    await first.leaves();
  }
  const former = await Process.on(file);
  expect(await former.does('read')).toEqual(OK);
  move(file, kept);
  move(older, file);
  expect(await former.does('run', 't', 3)).toMatchObject(replaced(file));
  await former.leaves();
  expect([await unitsDone(file), await unitsDone(kept)]).toEqual([['1'], ['2']]);
});

test('a log that was removed is missed before anything more is written', async () => {
  const file = newFile();
  const former = await Process.on(file);
  expect(await former.does('run', 't', 1)).toEqual(OK);
  rmSync(`${file}-wal`);
  expect(await former.does('run', 't', 2)).toMatchObject(removed(`${file}-wal`));
});

test('an index of the log that was removed is missed: another process has a new one, and would see nothing of this one', async () => {
  const file = newFile();
  const former = await Process.on(file);
  expect(await former.does('run', 't', 1)).toEqual(OK);
  rmSync(`${file}-shm`);
  expect(await former.does('run', 't', 2)).toMatchObject(removed(`${file}-shm`));
  const latter = await Process.on(file);
  expect(await latter.does('run', 't', 3)).toEqual(OK);
  expect(await former.does('run', 't', 3)).toMatchObject(replaced(`${file}-shm`));
  await former.leaves();
  await latter.leaves();
  expect(await unitsDone(file)).toEqual(['1', '3']);
  expectSound(file);
});

test('a log is missed, too, where the path is a link to the file', async () => {
  const file = newFile();
  const link = join(dirname(file), 'link.db');
  symlinkSync(basename(file), link);
  const former = await Process.on(link);
  expect(await former.does('run', 't', 1)).toEqual(OK);
  rmSync(`${file}-wal`);
  expect(await former.does('run', 't', 2)).toMatchObject(removed(`${file}-wal`));
});

test.each([
  ['copied by its own process', (file: string) => copyFileSync(file, `${file}.copy`), LOCKS_DROPPED],
  ['removed', (file: string) => rmSync(file), refused('tusker.db was removed')],
])('while a call writes the file is %s: the call is not acknowledged', async (_, happen, error) => {
  const file = newFile();
  let isArmed = false;
  const now = (): number => {
    // A transaction asks for the time in its middle.
    if (isArmed) happen(file);
    isArmed = false;
    return Date.now();
  };
  const tusker = createTusker({ store: sqliteStore(file, { clock: { now } }) });
  endAfterTest(() => tusker.stop({ grace: 0 }));
  await tusker.open('t');
  isArmed = true;
  const { code, message: said } = await tusker.open('u').then(
    () => ({ code: 'none', message: '' }),
    (thrown) => thrown,
  );
  expect({ answer: code, message: said }).toMatchObject(error);
  expect(said).toContain('What this call wrote may be lost.');
});

test('a relative path begins where the store was made, wherever the process goes afterwards', async () => {
  const file = newFile();
  const moved = await Process.on(relative(process.cwd(), file));
  expect(await moved.does('change folder')).toEqual(OK);
  expect(await moved.does('run', 't', 1)).toEqual(OK);
  await moved.leaves();
  expect(await unitsDone(file)).toEqual(['1']);
});

test('who waits hears of it, too', async () => {
  const file = newFile();
  const waiting = await Process.on(file);
  expect(await waiting.does('read')).toEqual(OK);
  const answer = waiting.does('wait');
  move(file);
  const start = performance.now();
  expect(await answer).toMatchObject(removed(file));
  // Its own look comes a minute later.
  expect(performance.now() - start).toBeLessThan(10_000);
});
