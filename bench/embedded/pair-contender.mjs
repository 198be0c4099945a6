import { warmUp } from '../harness/steady.mjs';
import { createTusker, memoryStore, sqliteStore } from '../harness/subject.mjs';
import { bareSqlite } from './bare-sqlite.mjs';

const IN_FLIGHT = 1000;
const TASKS = 50;
const UNITS_A_TASK = 1000;
const WINDOW_SECONDS = 0.25;

/**
 * Pairs of lock and unlock by tusker over memory, or over the SQLite file of `path`; with `isBare` by bare transactions on it. Gives
 * how many a second, and µs of processor time for each.
 */
export async function open({ path, synchronous, isBare }) {
  const { pairs, close } = isBare ? overBare(path, synchronous) : overTusker(path, synchronous);
  let runs = 0;
  let isWarm = false;
  return {
    async pairs(seconds) {
      if (!isWarm) await warmUp(() => pairs(WINDOW_SECONDS, runs++));
      isWarm = true;
      const cpu = process.cpuUsage();
      const start = performance.now();
      const count = await pairs(seconds, runs++);
      const { user, system } = process.cpuUsage(cpu);
      return { rate: count / ((performance.now() - start) / 1000), cpu: (user + system) / count };
    },
    close,
  };
}

/**
 * Through the public interface: 1000 in flight over 50 tasks, 30-character names, tokens passed, results stored; a task of 1000
 * units is closed and another one begun.
 */
function overTusker(path, synchronous) {
  const tusker = createTusker({ store: path ? sqliteStore(path, { synchronous }) : memoryStore() });
  return { pairs: (seconds, run) => tuskerPairs(tusker, seconds, run), close: () => tusker.stop() };
}

async function tuskerPairs(tusker, seconds, run) {
  const nameOf = (slot, turn) => `task-${run}-${slot}-${turn}`;
  const tasks = Array.from({ length: TASKS }, (_, slot) => ({ name: nameOf(slot, 0), started: 0, turn: 0, slot }));
  const closes = [];
  const end = performance.now() + seconds * 1000;
  let pairs = 0;
  const lane = async (number) => {
    const slot = tasks[number % TASKS];
    while (performance.now() < end) {
      if (slot.started === UNITS_A_TASK) {
        slot.turn++;
        Object.assign(slot, { started: 0, name: nameOf(slot.slot, slot.turn) });
      }
      const task = slot.name;
      const unit = `unit-${String(slot.started++).padStart(25, '0')}`;
      const isLast = slot.started === UNITS_A_TASK;
      const lock = await tusker.lock(task, unit);
      await lock.unlock({ key: 1 });
      pairs++;
      if (isLast) closes.push(tusker.close(task, { worker: false }));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, (_, number) => lane(number)));
  await Promise.all(closes);
  return pairs;
}

function overBare(path, synchronous) {
  const bare = bareSqlite(path, synchronous);
  return { pairs: (seconds, run) => barePairs(bare, seconds, run), close: () => bare.close() };
}

function barePairs(bare, seconds, run) {
  const end = performance.now() + seconds * 1000;
  let pairs = 0;
  while (performance.now() < end) {
    const place = bare.lock(pairs % TASKS, `unit-${run}-${String(pairs).padStart(22, '0')}`);
    bare.unlock(pairs % TASKS, place, '{"key":1}');
    pairs++;
  }
  return pairs;
}
