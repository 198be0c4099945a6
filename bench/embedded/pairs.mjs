import { interleaved, ratio, summary } from '../harness/measure.mjs';
import { createTusker, memoryStore, sqliteStore } from '../harness/subject.mjs';
import { ranged } from '../harness/table.mjs';
import { temporaryFolder } from '../harness/temporary-folder.mjs';
import { bareSqlite } from './bare-sqlite.mjs';

const IN_FLIGHT = 1000;
const TASKS = 50;
const UNITS_A_TASK = 1000;

/**
 * Lock+unlock pairs a second through the public interface: 1000 in flight over 50 tasks, 30-character names, tokens
 * passed, results stored; a task of 1000 units is closed and another one begun.
 */
async function tuskerPairs(tusker, seconds, run) {
  const lanes = Array.from({ length: IN_FLIGHT }, (_, lane) => lane);
  const tasks = Array.from({ length: TASKS }, (_, slot) => ({
    name: `task-${run}-${slot}-0`,
    started: 0,
    ended: 0,
    turn: 0,
    slot,
  }));
  const end = performance.now() + seconds * 1000;
  let pairs = 0;
  const start = performance.now();
  await Promise.all(
    lanes.map(async (lane) => {
      const slot = tasks[lane % TASKS];
      while (performance.now() < end) {
        if (slot.started === UNITS_A_TASK) {
          Object.assign(slot, { turn: slot.turn + 1, started: 0, name: `task-${run}-${slot.slot}-${slot.turn + 1}` });
        }
        const task = slot.name;
        const unit = `unit-${String(slot.started++).padStart(25, '0')}`;
        const isLast = slot.started === UNITS_A_TASK;
        const lock = await tusker.lock(task, unit);
        await lock.unlock({ key: 1 });
        pairs++;
        if (isLast) void tusker.close(task, { worker: false });
      }
    }),
  );
  return pairs / ((performance.now() - start) / 1000);
}

function barePairs(bare, seconds, run) {
  const end = performance.now() + seconds * 1000;
  const start = performance.now();
  let pairs = 0;
  while (performance.now() < end) {
    const id = pairs % TASKS;
    const place = bare.lock(id, `unit-${run}-${String(pairs).padStart(22, '0')}`);
    bare.unlock(id, place, '{"key":1}');
    pairs++;
  }
  return pairs / ((performance.now() - start) / 1000);
}

export async function pairs({ rounds, seconds }) {
  const folder = temporaryFolder();
  const stores = {
    memory: memoryStore(),
    'SQLite NORMAL': sqliteStore(folder.file('normal.db'), { synchronous: 'NORMAL' }),
    'SQLite FULL': sqliteStore(folder.file('full.db'), { synchronous: 'FULL' }),
  };
  const tuskers = Object.entries(stores).map(([name, store]) => [name, createTusker({ store })]);
  const bares = ['NORMAL', 'FULL'].map((mode) => [`bare ${mode}`, bareSqlite(folder.file(`bare-${mode}.db`), mode)]);
  const contenders = Object.fromEntries([
    ...tuskers.map(([name, tusker]) => [name, (round) => tuskerPairs(tusker, seconds, round)]),
    ...bares.map(([name, bare]) => [name, (round) => barePairs(bare, seconds, round)]),
  ]);
  const figures = await interleaved(contenders, rounds);
  for (const [, tusker] of tuskers) await tusker.stop();
  for (const [, bare] of bares) bare.close();
  folder.remove();
  const ratios = Object.fromEntries(
    ['NORMAL', 'FULL'].map((mode) => [
      `SQLite ${mode}, pairs/s ÷ bare transactions`,
      ratio(figures[`SQLite ${mode}`], figures[`bare ${mode}`]),
    ]),
  );
  return {
    title: 'Units locked and unlocked, one process, 1000 in flight over 50 tasks',
    heads: ['store', 'pairs/s: median (range)', '× bare'],
    rows: Object.entries(figures).map(([name, values]) => {
      const bare = figures[name.replace('SQLite', 'bare')];
      return [name, ranged(summary(values)), name.startsWith('SQLite') ? ratio(values, bare) : ''];
    }),
    figures: Object.fromEntries(Object.entries(figures).map(([name, values]) => [name, summary(values)])),
    ratios,
  };
}
