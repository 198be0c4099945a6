import { lineChart } from '../charts/line-chart.mjs';
import { readable, round } from '../harness/measure.mjs';
import { startRedis } from '../harness/redis-server.mjs';
import { byTasks } from './by-tasks.mjs';
import { byUnits } from './by-units.mjs';
import { counted } from './counted.mjs';
import { heavyCalls } from './heavy-calls.mjs';

/** What every step takes as tasks and units grow: charts of it must be flat, or logarithmic. */
export async function growth({ quick }) {
  const instructions = await counted();
  const redis = await startRedis();
  try {
    const tasks = await byTasks(redis, quick ? [100, 100_000] : [100, 10_000, 1_000_000], quick ? 50 : 200);
    const units = await byUnits(redis, quick ? [100, 10_000] : [100, 10_000, 100_000], quick ? 3 : 7);
    const heavy = await heavyCalls(redis, quick ? 3 : 7);
    return {
      title: 'Growth',
      notes: [NOTE],
      tables: [
        stepTable('tasks, µs', tasks),
        stepTable('units in one task, µs', units),
        callTable(tasks, units),
        heavyTable(heavy),
        stepTable('tasks, instructions of the server', instructions.tasks),
        stepTable('units in one task, instructions of the server', instructions.units),
      ],
      figures: { tasks, units, heavy, instructions },
      ratios: {
        ...ratiosOf('tasks', tasks),
        ...ratiosOf('units', units),
        'longest call of the store’s heaviest, ms': Math.max(...Object.values(heavy)),
        [`${MOST_INSTRUCTIONS} tasks, largest ÷ smallest`]: mostGrown(instructions.tasks),
        [`${MOST_INSTRUCTIONS} units, largest ÷ smallest`]: mostGrown(instructions.units),
      },
      charts: {
        'growth-tasks': chart('tasks in the namespace', tasks),
        'growth-units': chart('units in the task', units),
      },
    };
  } finally {
    await redis.stop();
  }
}

const MOST_INSTRUCTIONS = 'the most that the instructions of a step grew by';
const NOTE =
  'One call at a time over one connection, median of what the caller waits. Half of the tasks are open with a lock held, half wait for a worker. Calls of the server are as long as its slow log says (median of the passes’ longest); a batch is 256 calls that make 256 tasks. The heaviest calls are made several times over, and each call of the server counts by the quickest of them.';

/** 10⁴, or a number that is no power of ten as it is. */
const power = (size) => (Number.isInteger(Math.log10(size)) ? powerOfTen(size) : readable(size));

const powerOfTen = (size) =>
  `10${[...String(Math.round(Math.log10(size)))].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[digit]).join('')}`;

function stepTable(what, rows) {
  return {
    title: `By ${what}`,
    heads: ['', ...rows.map(({ size }) => power(size))],
    rows: Object.keys(rows[0].steps).map((step) => [step, ...rows.map(({ steps }) => steps[step])]),
  };
}

function callTable(tasks, units) {
  return {
    title: 'Longest call of the server, ms',
    heads: [
      '',
      'these steps',
      'an empty script',
      'a sweep, all units overdue',
      'the same, µs a unit',
      'CPU of a batch',
    ],
    rows: [
      ...tasks.map(({ size, longest, empty, batchCpu }) => [`${power(size)} tasks`, longest, empty, '', '', batchCpu]),
      ...units.map(({ size, longest, empty, overdue }) => [
        `${power(size)} units`,
        longest,
        empty,
        overdue.longest,
        overdue.perLock,
        '',
      ]),
    ],
  };
}

function heavyTable(heavy) {
  const rows = Object.entries(heavy).sort(([, a], [, b]) => b - a);
  return {
    title: 'Calls of the store with as much as they may ask for: the longest call of the server, ms',
    heads: ['', 'ms'],
    rows,
  };
}

function ratiosOf(what, rows) {
  const longest = rows.flatMap((row) => [row.longest, row.overdue?.longest ?? 0].map((call) => call - row.empty));
  const above = Math.max(0, ...longest);
  return {
    [`the most that a step grew by ${what}, largest ÷ smallest`]: mostGrown(rows),
    [`longest call above an empty script, ms, by ${what}`]: round(above),
  };
}

function mostGrown(rows) {
  const [first, last] = [rows[0], rows.at(-1)];
  return round(Math.max(...Object.keys(first.steps).map((step) => last.steps[step] / first.steps[step])));
}

function chart(xTitle, rows) {
  return lineChart({
    title: `What a call takes, by ${xTitle}`,
    xTitle,
    yTitle: 'µs, median',
    lines: Object.keys(rows[0].steps).map((name) => ({
      name,
      points: rows.map(({ size, steps }) => [size, steps[name]]),
    })),
  });
}
