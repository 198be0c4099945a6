import { barChart } from '../charts/bar-chart.mjs';
import { withContenders } from '../harness/contender.mjs';
import { cheapestRatio, interleaved, ratio, summary } from '../harness/measure.mjs';
import { startRedis } from '../harness/redis-server.mjs';
import { ranged } from '../harness/table.mjs';

const at = (name) => new URL(`${name}.mjs`, import.meta.url);

const TUSKER = 'tusker';
const BULLMQ = 'BullMQ flows';
const SEED = 'the first tusker’s scripts';
const TUSKER_READ = 'tusker, results read';
const BULLMQ_READ = 'BullMQ flows, results read';
const HAND_WRITTEN = 'hand-written, one script per call';
const CONTENDERS = {
  [TUSKER]: { file: at('tusker') },
  [HAND_WRITTEN]: { file: at('hand-written') },
  [SEED]: { file: at('seed') },
  [BULLMQ]: { file: at('bullmq') },
  [TUSKER_READ]: { file: at('tusker'), results: true },
  [BULLMQ_READ]: { file: at('bullmq'), results: true },
};
const QUICK = [TUSKER, TUSKER_READ, SEED, BULLMQ];
const UNITS_IN_FLIGHT = 2000;

/** Tasks of 10, 100 and 1000 units from the first lock to the acknowledged completion of the merge. */
export async function joins({ quick, rounds, seconds }) {
  const redis = await startRedis();
  const names = Object.keys(CONTENDERS).filter((name) => !quick || QUICK.includes(name));
  const entries = names.map((name) => {
    const { file, results } = CONTENDERS[name];
    return [name, [file, { port: redis.port, results }]];
  });
  try {
    return await withContenders(Object.fromEntries(entries), async (contenders) => {
      const sizes = [];
      for (const units of quick ? [100, 1000] : [10, 100, 1000]) {
        const load = { units, seconds, inFlight: Math.max(4, UNITS_IN_FLIGHT / units) };
        const measure = ([name, contender]) => [name, () => contender.ask('throughput', load)];
        const measures = Object.fromEntries(Object.entries(contenders).map(measure));
        sizes.push([units, await interleaved(measures, rounds)]);
      }
      return report(sizes);
    });
  } finally {
    await redis.stop();
  }
}

function report(sizes) {
  const ratios = {};
  const figures = {};
  const tables = sizes.map(([units, measured]) => {
    const of = (name, what) => measured[name].map((figure) => figure[what]);
    figures[units] = {};
    const rows = Object.keys(measured).map((name) => {
      const row = Object.fromEntries(Object.keys(measured[name][0]).map((what) => [what, summary(of(name, what))]));
      figures[units][name] = row;
      const costs = ['serverCpu', 'clientCpu', 'commands', 'scripts'].map((what) => row[what].median);
      return [name, ranged(row.units), row.joins.median, ...costs];
    });
    for (const [label, own, peer] of [
      ['BullMQ', TUSKER, BULLMQ],
      ['the first tusker', TUSKER, SEED],
      ['hand-written', TUSKER, HAND_WRITTEN],
      ['BullMQ, both with their results read', TUSKER_READ, BULLMQ_READ],
      ['the same without results', TUSKER_READ, TUSKER],
    ]) {
      if (!measured[peer]) continue;
      const cpu = (side) => cheapestRatio(of(own, side), of(peer, side));
      ratios[`units/s ÷ ${label}, ${units} units`] = ratio(of(own, 'units'), of(peer, 'units'));
      ratios[`server CPU per unit ÷ ${label}, ${units} units`] = cpu('serverCpu');
      ratios[`client CPU per unit ÷ ${label}, ${units} units`] = cpu('clientCpu');
    }
    return {
      title: `Tasks of ${units} units`,
      heads: [
        '',
        'units/s: median (range)',
        'joins/s',
        'server CPU, µs a unit',
        'client CPU, µs a unit',
        'commands a join',
        'script calls a join',
      ],
      rows,
    };
  });
  return { title: 'Whole joins', notes: [NOTE], tables, figures, ratios, charts: { joins: chart(figures) } };
}

const NOTE =
  'Every unit is added, finished and merged; a join counts when its completion is acknowledged. Commands that scripts run are counted, too.';

function chart(figures) {
  const groups = Object.entries(figures).map(([units, rows]) => ({
    title: `${units} units a task`,
    bars: Object.entries(rows).map(([name, row]) => ({ name, ...row.units, isOwn: name.startsWith(TUSKER) })),
  }));
  return barChart({ title: 'Whole joins, end to end', unit: 'units/s', groups });
}
