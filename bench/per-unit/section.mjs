import { barChart } from '../charts/bar-chart.mjs';
import { withContenders } from '../harness/contender.mjs';
import { cheapestRatio, interleaved, ratio, summary } from '../harness/measure.mjs';
import { startRedis } from '../harness/redis-server.mjs';
import { ranged } from '../harness/table.mjs';

const at = (name) => new URL(`${name}.mjs`, import.meta.url);

const RAW = 'raw HSET + HDEL, ioredis';
const RAW_NODE_REDIS = 'raw HSET + HDEL, node-redis';
const TUSKER = 'tusker';
const TUSKER_NODE_REDIS = 'tusker over node-redis';
const BY_HAND = 'raw, pipelined by hand by 100';
const CONTENDERS = {
  [TUSKER]: [at('tusker'), {}],
  [RAW]: [at('raw'), {}],
  [BY_HAND]: [at('raw-by-hand'), {}],
  'hand-written, one script per call': [at('script-per-call'), {}],
  [TUSKER_NODE_REDIS]: [at('tusker'), { client: 'node-redis' }],
  [RAW_NODE_REDIS]: [at('raw-node-redis'), {}],
  'redlock 4': [at('redlock'), { version: 4 }],
  'redlock 5 beta': [at('redlock'), { version: 5 }],
  'redis-semaphore': [at('redis-semaphore'), {}],
  'redlock-universal': [at('redlock-universal'), {}],
};
/** Those who know tasks: only for them it matters over how many the units are spread. */
const EVERYWHERE = [TUSKER, RAW, BY_HAND, 'hand-written, one script per call'];
/** [in flight, tasks], and whether everybody takes part. */
const LOADS = [
  [1, 1, true],
  [1, 50, false],
  [1, 1000, false],
  [50, 1, false],
  [50, 5, false],
  [50, 50, true],
  [50, 1000, false],
  [1000, 1, false],
  [1000, 50, true],
  [1000, 1000, false],
];
const QUICK_LOADS = [
  [50, 5, false],
  [50, 50, false],
  [1000, 50, false],
];

/** Locked and unlocked units: how many a second, and what each costs the client and the server. */
export async function perUnit({ quick, rounds, seconds }) {
  const redis = await startRedis();
  const known = Object.keys(CONTENDERS).filter((name) => !quick || EVERYWHERE.slice(0, 2).includes(name));
  const entries = Object.fromEntries(
    known.map((name) => [name, [CONTENDERS[name][0], { ...CONTENDERS[name][1], port: redis.port }]]),
  );
  try {
    return await withContenders(entries, async (contenders) => {
      const loads = [];
      for (const [inFlight, tasks, all] of quick ? QUICK_LOADS : LOADS) {
        const names = known.filter((name) => all || EVERYWHERE.includes(name));
        loads.push(await measure(contenders, names, { inFlight, tasks, seconds }, rounds));
      }
      return report(loads);
    });
  } finally {
    await redis.stop();
  }
}

async function measure(contenders, names, load, rounds) {
  const figures = await interleaved(
    Object.fromEntries(names.map((name) => [name, () => contenders[name].ask('pairs', load)])),
    rounds,
  );
  return { title: `${load.inFlight} in flight over ${load.tasks} task${load.tasks === 1 ? '' : 's'}`, figures };
}

function report(loads) {
  const ratios = {};
  const figures = {};
  const tables = loads.map(({ title, figures: measured }) => {
    const of = (name, what) => measured[name].map((figure) => figure[what]);
    figures[title] = {};
    const rows = Object.keys(measured).map((name) => {
      const rate = summary(of(name, 'rate'));
      const [server, client] = [summary(of(name, 'serverCpu')), summary(of(name, 'clientCpu'))];
      const timesRaw = ratio(of(name, 'rate'), of(RAW, 'rate'));
      figures[title][name] = { rate, timesRaw, serverCpu: server, clientCpu: client };
      return [name, ranged(rate), timesRaw, server.median, client.median];
    });
    ratios[`pairs/s ÷ raw, ${title}`] = ratio(of(TUSKER, 'rate'), of(RAW, 'rate'));
    ratios[`server CPU per pair ÷ raw, ${title}`] = cheapestRatio(of(TUSKER, 'serverCpu'), of(RAW, 'serverCpu'));
    ratios[`client CPU per pair ÷ raw, ${title}`] = cheapestRatio(of(TUSKER, 'clientCpu'), of(RAW, 'clientCpu'));
    if (measured[TUSKER_NODE_REDIS]) {
      const [own, raw] = [of(TUSKER_NODE_REDIS, 'rate'), of(RAW_NODE_REDIS, 'rate')];
      ratios[`pairs/s ÷ raw, both over node-redis, ${title}`] = ratio(own, raw);
    }
    return {
      title,
      heads: ['', 'pairs/s: median (range)', '× raw', 'server CPU, µs a pair', 'client CPU, µs a pair'],
      rows,
    };
  });
  return { title: 'Units locked and unlocked', tables, figures, ratios, charts: charts(figures) };
}

function charts(figures) {
  const chosen = ['1 in flight over 1 task', '50 in flight over 50 tasks', '1000 in flight over 50 tasks'];
  const groups = chosen
    .filter((title) => figures[title])
    .map((title) => ({
      title,
      bars: Object.entries(figures[title]).map(([name, { rate }]) => ({
        name,
        ...rate,
        isOwn: name.startsWith(TUSKER),
      })),
    }));
  return { 'per-unit': barChart({ title: 'Units locked and unlocked a second', unit: 'pairs/s', groups }) };
}
