import { median, round } from '../harness/measure.mjs';
import { startCountedRedis } from './counted-redis.mjs';
import { raw, results, tasks, units, wakeUps } from './lives.mjs';

/** What is lived: the heading of its figures, the life, how much of it, and how much of it unseen before. */
const BATCHES = [
  ['alone', tasks, { total: 40, batch: 1 }, { total: 4 }],
  ['100 tasks', tasks, { total: 200, batch: 100 }, { total: 100 }],
  ['100 units of a task', units, { repeats: 5, tasks: 1, each: 100 }, { repeats: 1 }],
  ['20 units in each of 12 tasks', units, { repeats: 2, tasks: 12, each: 20 }, { repeats: 1 }],
];
const KEYS = { 'few keys': false, 'all keys': true };
const OTHERS = [
  [wakeUps, { total: 15 }, { total: 4 }],
  [results, { total: 1000 }, { total: 250 }],
];

/** What each verb costs the server, counted: it is the same however busy the machine is. */
export async function instructions() {
  const redis = await startCountedRedis();
  let lives = 0;
  /** Lives once unseen, then once more, its steps counted. */
  const lived = async (life, size, warm) => {
    const counts = {};
    const unseen = (_step, _count, work) => work();
    const counted = async (step, count, work) => {
      const { value, instructions: all } = await redis.count(work);
      counts[step] ??= [];
      counts[step].push(all / count);
      return value;
    };
    await life(redis, unseen, { ...size, ...warm, prefix: `unseen-${++lives}` });
    await life(redis, counted, { ...size, prefix: `life-${lives}` });
    return Object.fromEntries(Object.entries(counts).map(([step, all]) => [step, round(median(all))]));
  };
  try {
    const batches = {};
    for (const [batch, life, size, warm] of BATCHES) {
      for (const [keys, isAll] of Object.entries(KEYS)) {
        batches[`${batch}, ${keys}`] = await lived(life, { ...size, isAll }, warm);
      }
    }
    const others = {};
    for (const [life, size, warm] of OTHERS) Object.assign(others, await lived(life, size, warm));
    return report(batches, { ...others, ...(await lived(raw, { total: 300 }, { total: 30 })) });
  } finally {
    await redis.stop();
  }
}

const NOTES = [
  'Instructions of the main thread of redis-server, counted by callgrind: reading the call, the call, writing the answer. Without the steps of Lua’s garbage collector, which fall on one call or another. They repeat within a hundredth, whatever else the machine is doing. A call of 100 costs 100 times what stands here.',
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
    tables: [...Object.keys(KEYS).map((keys) => batchTable(keys, batches)), otherTable(others)],
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
