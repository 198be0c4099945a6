import { withContenders } from '../harness/contender.mjs';
import { cheapestRatio, interleaved, median, round, summary } from '../harness/measure.mjs';
import { startCluster } from '../harness/redis-server.mjs';
import { modelTable } from './model.mjs';
import { usedSlots } from './slots.mjs';

const MASTERS = 3;
const SHARDS = [1, 4, 16];
const LOADS = [
  { inFlight: 1000, tasks: 50 },
  { inFlight: 1000, tasks: 1000 },
];

/** What a pair costs the servers of a Cluster, all together, as the namespace is cut into more shards. */
export async function cluster({ quick, rounds, seconds }) {
  const servers = await startCluster(MASTERS);
  const ports = servers.nodes.map(({ port }) => port);
  const file = (name) => new URL(`${name}.mjs`, import.meta.url);
  const entries = Object.fromEntries(SHARDS.map((shards) => [nameOf(shards), [file('tusker'), { ports, shards }]]));
  if (!quick) entries['raw HSET + HDEL'] = [file('raw'), { ports }];
  try {
    return await withContenders(entries, async (contenders) => {
      const slots = {};
      const measureWith = (load) => async (name) => {
        const figure = await contenders[name].ask('pairs', { ...load, seconds });
        slots[name] = await usedSlots(servers.nodes);
        return figure;
      };
      const results = [];
      for (const load of quick ? LOADS.slice(0, 1) : LOADS) {
        const measure = measureWith(load);
        const measures = Object.fromEntries(Object.keys(entries).map((name) => [name, () => measure(name)]));
        results.push([`${load.inFlight} in flight over ${load.tasks} tasks`, await interleaved(measures, rounds)]);
      }
      return report(results, slots);
    });
  } finally {
    await servers.stop();
  }
}

const nameOf = (shards) => `tusker, ${shards} shard${shards === 1 ? '' : 's'}`;

function report(results, slots) {
  const ratios = {};
  const figures = {};
  const tables = results.map(([title, measured]) => {
    const of = (name, what) => measured[name].map((figure) => figure[what]);
    figures[title] = Object.fromEntries(
      Object.keys(measured).map((name) => [
        name,
        {
          rate: summary(of(name, 'rate')),
          serverCpu: summary(of(name, 'serverCpu')),
          clientCpu: summary(of(name, 'clientCpu')),
          scripts: summary(of(name, 'scripts')),
          largestShare: round(median(measured[name].map(largestShare))),
          slots: slots[name],
        },
      ]),
    );
    for (const shards of SHARDS.slice(1)) {
      for (const [side, what] of [
        ['server', 'serverCpu'],
        ['client', 'clientCpu'],
      ]) {
        const [own, one] = [of(nameOf(shards), what), of(nameOf(1), what)];
        ratios[`${side} CPU per pair, ${shards} shards ÷ 1, ${title}`] = cheapestRatio(own, one);
      }
    }
    const rows = Object.entries(figures[title]).map(([name, row]) => [
      name,
      row.slots.reduce((sum, count) => sum + count, 0) || '',
      row.scripts.median,
      row.serverCpu.median,
      `${Math.round(100 * row.largestShare)} %`,
      row.clientCpu.median,
      row.rate.median,
    ]);
    const heads = [
      '',
      'slots',
      'script calls a pair',
      'server CPU, µs a pair',
      'on the busiest master',
      'client CPU, µs a pair',
      'pairs/s here',
    ];
    return { title, heads, rows };
  });
  return {
    title: `Cluster of ${MASTERS} masters`,
    notes: [NOTE],
    // A look measures one load, which is too little for the model.
    tables: results.length < LOADS.length ? tables : [...tables, modelTable(measuredCosts(figures))],
    figures,
    ratios,
  };
}

/** For each load: how many tasks a pair touches, its lock and its unlock one each, shared with those of its batch; and the costs by number of shards. */
function measuredCosts(figures) {
  return LOADS.map(({ inFlight, tasks }, i) => {
    const rows = Object.values(figures)[i];
    const costs = SHARDS.map((shards) => {
      const { scripts, serverCpu, clientCpu } = rows[nameOf(shards)];
      return { shards, scripts: scripts.median, serverCpu: serverCpu.median, clientCpu: clientCpu.median };
    });
    return { tasks: (2 * tasks) / inFlight, costs };
  });
}

const NOTE =
  'Slots are those with keys in them at the end: one for each shard and one for the number of shards. All masters share the processors of one machine with the client, so pairs/s say nothing about a Cluster; what a pair costs does. The model for more masters: docs/scaling.md.';

function largestShare({ servers }) {
  return Math.max(...servers) / servers.reduce((sum, cpu) => sum + cpu, 0);
}
