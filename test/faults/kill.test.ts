import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import type { TaskEvent } from '../../src/core/store.js';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import { openDatabase } from '../../src/stores/embedded/sqlite-driver.js';
import { budget, randomFrom, seed } from '../harness/budget.js';
import { builtModules } from '../harness/shared.js';
import { temporaryFolder } from '../subjects.js';
import { listed } from '../tuskers.js';
import { child, exited, readFacts } from './processes.js';

let dist: string;
beforeAll(async () => {
  dist = await builtModules();
});

function integrity(file: string): unknown {
  const database = openDatabase(file);
  try {
    return database.prepare('pragma integrity_check').all();
  } finally {
    database.close();
  }
}

/** All events kept, oldest first. */
async function events(file: string): Promise<readonly TaskEvent[]> {
  const store = sqliteStore(file);
  const all: TaskEvent[] = [];
  for (let after = '0'; ; ) {
    const page = await store.events({ after, limit: 1000 });
    if (page.events.length === 0) break;
    expect(page.gap).toBe(false);
    all.push(...page.events);
    after = page.cursor;
  }
  await store.close();
  return all;
}

function reader(file: string): Tusker {
  return createTusker({ store: sqliteStore(file, { synchronous: 'NORMAL' }) }) as Tusker;
}

/** Each task was completed once, and no fact that a process was told is missing. */
async function expectKept(file: string, facts: readonly string[][], tasks: readonly string[]): Promise<void> {
  expect(integrity(file)).toEqual([['ok']]);
  const completions = (await events(file)).filter(({ kind }) => kind === 'completed').map(({ task }) => task);
  expect(completions.sort()).toEqual([...tasks].sort());
  const told = facts.filter(([what]) => what === 'completed').map(([, task]) => task);
  expect(new Set(told).size, 'nobody was told twice that a task was completed').toBe(told.length);
  const tusker = reader(file);
  for (const task of tasks) {
    const done = new Set((await listed(tusker.units(task, { state: 'done' }))).map(({ unit }) => unit));
    const lost = facts.filter(([what, of, unit]) => what === 'unlocked' && of === task && !done.has(unit ?? 'u'));
    expect(lost).toEqual([]);
  }
  const { open, locked, released, delayed, processing, failed } = await tusker.stats();
  expect({ open, locked, released, delayed, processing, failed }).toEqual({
    open: 0,
    locked: 0,
    released: 0,
    delayed: 0,
    processing: 0,
    failed: 0,
  });
  await tusker.stop();
}

test.each([2, 4])(
  '%i processes on one file, killed over and over: every task completes once, nothing acknowledged is lost',
  {
    timeout: 600_000,
  },
  async (count) => {
    const kills = budget('kills');
    const random = randomFrom(seed() + count);
    const folder = temporaryFolder();
    const [file, facts] = [join(folder.path, 'tusker.db'), join(folder.path, 'facts')];
    const [tasks, units] = [12 * kills, 8];
    const peer = () => child('peer', dist, file, facts, tasks, units);
    const peers: ChildProcess[] = Array.from({ length: count }, peer);
    let killed = 0;
    while (killed < kills && peers.some(({ exitCode }) => exitCode === null)) {
      await sleep((600 / count) * random() + 250 / count);
      const victim = Math.floor(random() * count);
      if (peers[victim]?.exitCode !== null) continue;
      peers[victim].kill('SIGKILL');
      killed++;
      peers[victim] = peer();
    }
    expect(killed).toBe(kills);
    const ends = await Promise.all(peers.map(exited));
    expect(ends).toEqual(ends.map(() => ({ code: 0, signal: null })));

    const names = Array.from({ length: tasks }, (_, i) => `task-${i}`);
    await expectKept(file, readFacts(facts), names);
    const tusker = reader(file);
    for (const task of names.slice(0, 10)) {
      const whole = Array.from({ length: units }, (_, i) => `${task}/unit-${i}`);
      expect(await tusker.result(task, { timeout: 0 })).toEqual(whole);
    }
    await tusker.stop();
    console.log(`${count} processes: ${killed} killed, ${readFacts(facts).length} facts`);
    folder.remove();
  },
);

const STEPS = ['before begin', 'after begin', 'before commit', 'after commit', 'before reply', 'after reply'];

test('a process killed at each named step of each transaction: no task lost, none completed twice', {
  timeout: 600_000,
}, async () => {
  const deaths = budget('deaths');
  const folder = temporaryFolder();
  const [file, facts] = [join(folder.path, 'tusker.db'), join(folder.path, 'facts')];
  let next = 0;
  let killed = 0;
  const lane = async (): Promise<void> => {
    while (killed < deaths && next < 1.5 * deaths) {
      const number = next++;
      const step = STEPS[number % STEPS.length] as string;
      const transaction = 1 + (Math.floor(number / STEPS.length) % 5);
      const { signal } = await exited(child('dying', dist, file, facts, `task-${number}`, step, transaction));
      if (signal === 'SIGKILL') killed++;
    }
  };
  await Promise.all([lane(), lane()]);
  // A neighbour may have merged the task before its own claim: then there is no fifth transaction, and no death.
  expect(killed).toBeGreaterThanOrEqual(deaths);

  const tusker = reader(file);
  const told = readFacts(facts);
  const known: string[] = [];
  for (let number = 0; number < next; number++) {
    const task = `task-${number}`;
    const said = new Set(told.filter(([, of]) => of === task).map(([what]) => what));
    const state = await tusker.explain(task).then(
      ({ detail }) => detail,
      () => undefined,
    );
    if (!state) {
      expect([...said], `${task} is not known`).toEqual([]);
      continue;
    }
    known.push(task);
    if (said.has('unlocked')) expect(state.units.done).toBe(1);
    if (said.has('closed')) expect(state.closedAt).not.toBeNull();
    if (said.has('completed')) expect(state.state).toBe('completed');
  }
  const worker = tusker.work(() => 'merged', { concurrency: 8 });
  for (const task of known) {
    if ((await tusker.explain(task)).state === 'open') {
      await tusker.run(task, 'u', () => 'done', { wait: 5000 });
      await tusker.close(task);
    }
    expect(await tusker.result(task, { timeout: 20_000 })).toBe('merged');
  }
  await worker.stop();
  await tusker.stop();
  await expectKept(file, told, known);
  console.log(`${killed} of ${next} processes killed at a named step, ${known.length} tasks known`);
  folder.remove();
});
