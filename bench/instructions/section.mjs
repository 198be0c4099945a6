import { round } from '../harness/measure.mjs';
import { startCountedRedis } from './counted-redis.mjs';
import { raw, results, tasks, units, wakeUps } from './lives.mjs';

const [FEW, ALL] = ['few keys', 'all keys'];
const ALONE = { total: 8, batch: 1 };
const TOGETHER = { total: 100, batch: 100 };
/** What is lived: the heading of its figures, the life, how much of it and how often. */
const BATCHES = [
  ['alone', FEW, tasks, ALONE, 6],
  ['alone', ALL, tasks, { ...ALONE, isAll: true }, 6],
  ['100 tasks', FEW, tasks, TOGETHER, 3],
  // The rest of such a life names all keys in any case.
  ['100 tasks', ALL, tasks, { ...TOGETHER, isAll: true, endsUnlocked: true }, 3],
  ['100 units of a task', FEW, units, { tasks: 1, each: 100 }, 6],
  ['100 units of a task', ALL, units, { tasks: 1, each: 100, isAll: true }, 6],
  ['20 units in each of 12 tasks', FEW, units, { tasks: 12, each: 20 }, 4],
];
const OTHERS = [
  [wakeUps, { total: 1 }, 10],
  [results, { total: 250 }, 4],
  [raw, { total: 50 }, 4],
];

/** What each verb costs the server, counted: it is the same however busy the machine is. */
export async function instructions() {
  const redis = await startCountedRedis();
  try {
    const batches = {};
    for (const [batch, keys, life, size, times] of BATCHES) {
      batches[`${batch}, ${keys}`] = await cheapest(redis, life, size, times);
    }
    const others = {};
    for (const [life, size, times] of OTHERS) Object.assign(others, await cheapest(redis, life, size, times));
    return report(batches, others);
  } finally {
    await redis.stop();
  }
}

let lives = 0;

/**
 * Lives so many times, and gives for each step what a unit of it took at the cheapest: what comes on top now and then, such as a table that
 * grows, makes a step dearer, never cheaper.
 */
async function cheapest(redis, life, size, times) {
  const figures = {};
  const count = async (step, units, work) => {
    const { value, instructions: all } = await redis.count(work);
    figures[step] = Math.min(round(all / units), figures[step] ?? Number.POSITIVE_INFINITY);
    return value;
  };
  for (let time = 0; time < times; time++) {
    // What is stored already makes no difference then: neither the size of a table nor what is to be forgotten.
    await redis.admin.flushall();
    await life(redis, count, { ...size, prefix: `life-${++lives}` });
  }
  return figures;
}

const NOTES = [
  'Instructions of the main thread of redis-server, counted by callgrind: reading the call, the call, writing the answer. The cheapest of several times, without the steps of Lua’s garbage collector: both fall on one call or another. They repeat within a few hundredths, some of those for 100 tasks only within a fifth, whatever else the machine is doing. A call of 100 costs 100 times what stands here.',
  'All keys are named when a task has said what it expects, and always by what is neither a lock nor an unlock. 100 tasks travel in two calls, of 64 and 36.',
];

function report(batches, others) {
  const measures = Object.fromEntries(
    Object.entries(batches).flatMap(([batch, steps]) =>
      Object.entries(steps).map(([step, count]) => [`${step}: ${batch}`, count]),
    ),
  );
  return {
    title: 'Instructions of the server',
    notes: NOTES,
    isCounted: true,
    tables: [...[FEW, ALL].map((keys) => batchTable(keys, batches)), otherTable(others)],
    figures: { batches, others },
    ratios: {},
    measures: { ...measures, ...others },
  };
}

function batchTable(keys, batches) {
  const own = Object.entries(batches).filter(([name]) => name.endsWith(keys));
  const steps = [...new Set(own.flatMap(([, figures]) => Object.keys(figures)))];
  return {
    title: `For each task or unit, ${keys}`,
    heads: ['', ...own.map(([name]) => name.replace(`, ${keys}`, ''))],
    rows: steps.map((step) => [step, ...own.map(([, figures]) => figures[step] ?? '')]),
  };
}

function otherTable(others) {
  return { title: 'For each', heads: ['', 'instructions'], rows: Object.entries(others) };
}
