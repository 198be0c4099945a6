import { barChart } from '../charts/bar-chart.mjs';
import { withContenders } from '../harness/contender.mjs';
import { cheapestRatio, interleaved, latencies, percentile, ratio, round } from '../harness/measure.mjs';
import { startRedis } from '../harness/redis-server.mjs';

const join = (name) => new URL(`../joins/${name}.mjs`, import.meta.url);

const TUSKER = 'tusker';
const BULLMQ = 'BullMQ flows';
const POP = 'bare RPUSH and BLPOP';
const HAND_WRITTEN = 'hand-written, one script per call';
const CONTENDERS = {
  [TUSKER]: join('tusker'),
  [POP]: join('bare-pop'),
  [HAND_WRITTEN]: join('hand-written'),
  'the first tusker’s scripts': join('seed'),
  [BULLMQ]: join('bullmq'),
};
/** What the floors need, by pace. */
const QUICK = { 'one at a time': [TUSKER, POP, HAND_WRITTEN], '300 joins a second': [TUSKER, BULLMQ] };
const UNITS = 10;
/** A wake-up that takes longer, in µs, is late. */
const LATE = 10_000;
const PACES = [
  { title: 'one at a time' },
  { title: '100 joins a second', rate: 100 },
  { title: '300 joins a second', rate: 300 },
];

/** How long a task waits for its worker once its last unit has ended, and what one call takes. */
export async function latency({ quick, rounds, seconds }) {
  const redis = await startRedis();
  try {
    const waking = await wakeUps(redis.port, quick, rounds, seconds);
    const calls = await oneCall(redis.port, quick, rounds);
    return {
      title: 'Latency',
      notes: [NOTE],
      tables: [...waking.tables, calls.table],
      figures: { ...waking.figures, [calls.table.title]: calls.figures },
      ratios: { ...waking.ratios, ...calls.ratios },
      charts: { latency: chart(waking.figures) },
    };
  } finally {
    await redis.stop();
  }
}

const NOTE =
  'From the call that ends the last of 10 units, when the others have ended, to the start of the handler, in the same process. BullMQ’s last child ends when its processor returns. A rate is kept whether or not the former joins are through.';

async function wakeUps(port, quick, rounds, seconds) {
  const names = Object.keys(CONTENDERS).filter((name) => !quick || Object.values(QUICK).flat().includes(name));
  const entries = Object.fromEntries(names.map((name) => [name, [CONTENDERS[name], { port }]]));
  return withContenders(entries, async (contenders) => {
    const parts = { tables: [], figures: {}, ratios: {} };
    for (const { title, rate } of PACES.filter(({ title }) => !quick || QUICK[title])) {
      const count = rate ? Math.round(rate * seconds) : quick ? 80 : 400;
      const load = { units: UNITS, count, rate, warm: rate ? Math.ceil(rate / 3) : 30 };
      const taking = quick ? QUICK[title] : names;
      const measures = taking.map((name) => [name, () => contenders[name].ask('latency', load)]);
      addWakeUps(parts, title, await interleaved(Object.fromEntries(measures), rounds));
    }
    return parts;
  });
}

function addWakeUps({ tables, figures, ratios }, title, measured) {
  const all = Object.entries(measured).map(([name, turns]) => [name, latencies(turns.flat())]);
  figures[title] = Object.fromEntries(
    all.map(([name, of]) => [name, { ...of, p50s: measured[name].map((turn) => round(percentile(turn, 0.5))) }]),
  );
  tables.push({
    title: `Last unit ended → handler starts, ${title}, µs`,
    heads: ['', 'p50', 'p99', 'max'],
    rows: all.map(([name, { p50, p99, max }]) => [name, p50, p99, max]),
  });
  for (const [label, peer] of [
    ['bare pop', POP],
    ['by hand', HAND_WRITTEN],
    ['BullMQ', BULLMQ],
  ]) {
    if (!measured[peer]) continue;
    const of = (name, share) => measured[name].map((turn) => percentile(turn, share));
    // What else the machine does makes a round slower, never quicker: the quickest are what moves least.
    ratios[`wake-up p50 ÷ ${label}, ${title}`] = cheapestRatio(of(TUSKER, 0.5), of(peer, 0.5));
    ratios[`wake-up p99 ÷ ${label}, ${title}`] = ratio(of(TUSKER, 0.99), of(peer, 0.99));
  }
  const late = measured[TUSKER].flat().filter((time) => time > LATE).length;
  ratios[`wake-ups above ${LATE / 1000} ms, %, ${title}`] = round((100 * late) / measured[TUSKER].flat().length);
}

async function oneCall(port, quick, rounds) {
  const file = new URL('one-call.mjs', import.meta.url);
  const names = { [TUSKER]: { port, isRaw: false }, 'raw HSET, then HDEL': { port, isRaw: true } };
  const entries = Object.fromEntries(Object.entries(names).map(([name, options]) => [name, [file, options]]));
  return withContenders(entries, async (contenders) => {
    for (const contender of Object.values(contenders)) await contender.ask('warm');
    const measures = Object.entries(contenders).map(([name, one]) => [
      name,
      () => one.ask('pairs', quick ? 1500 : 8000),
    ]);
    const measured = await interleaved(Object.fromEntries(measures), rounds);
    const all = Object.entries(measured).map(([name, turns]) => [name, latencies(turns.flat())]);
    const [own, raw] = Object.values(measured).map((turns) => turns.map((turn) => percentile(turn, 0.5)));
    return {
      table: {
        title: 'A unit locked and unlocked, one call at a time, µs',
        heads: ['', 'p50', 'p99', 'max'],
        rows: all.map(([name, { p50, p99, max }]) => [name, p50, p99, max]),
      },
      figures: Object.fromEntries(all),
      ratios: { 'one at a time, p50 ÷ two raw round trips': cheapestRatio(own, raw) },
    };
  });
}

function chart(figures) {
  const groups = Object.entries(figures).map(([title, rows]) => ({
    title,
    bars: Object.entries(rows).map(([name, { p50, p99 }]) => ({
      name,
      median: p50,
      min: p50,
      max: p99,
      isOwn: name === TUSKER,
    })),
  }));
  return barChart({
    title: 'From the last unit’s end to the handler’s start',
    unit: 'µs',
    note: 'the bar ends at p50, the thin line at p99',
    groups,
    isLogarithmic: true,
  });
}
