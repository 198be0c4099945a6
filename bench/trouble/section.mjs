import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { median, readable, round } from '../harness/measure.mjs';
import { startCluster } from '../harness/redis-server.mjs';
import { createTusker, redisStore } from '../harness/subject.mjs';
import { joinsOn } from './joins.mjs';
import { shardsBesides } from './shards.mjs';

const MASTERS = 3;
const SHARDS = 8;
const LANES = 48;

/** Work on the healthy masters of a Cluster while another one is silent, and while it is dead: the rate against that of before. */
export async function trouble({ quick }) {
  const seconds = quick ? 5 : 30;
  const silent = await withOneMaster('SIGSTOP', seconds);
  const dead = await withOneMaster('SIGKILL', seconds);
  const rows = Object.entries({ silent, dead });
  return {
    title: 'One master in trouble',
    notes: [NOTE],
    tables: [
      {
        title: 'Joins of one unit per second on the two healthy masters',
        heads: ['one master is', 'before', `for ${seconds} s`, 'share', 'attempts spent unseen'],
        rows: rows.map(([what, { before, during, share, unseen }]) => [
          what,
          readable(before),
          readable(during),
          `${Math.round(100 * share)} %`,
          unseen,
        ]),
      },
    ],
    figures: { silent, dead },
    ratios: Object.fromEntries(
      rows.map(([what, { share }]) => [`joins on two masters while the third is ${what} ÷ before`, share]),
    ),
  };
}

const NOTE = `${MASTERS} masters, ${SHARDS} shards, ${LANES} joins under way: a task is made, its unit locked and unlocked, closed, claimed and completed. Medians of whole seconds, each with those in which the trouble begins.`;

async function withOneMaster(signal, seconds) {
  const servers = await startCluster(MASTERS, {
    'cluster-require-full-coverage': 'no',
    'cluster-node-timeout': 60_000,
  });
  const [victim] = servers.nodes;
  const client = new Cluster(servers.nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
  client.on('error', () => {});
  const store = redisStore(client, { shards: SHARDS });
  const tusker = createTusker({ store });
  try {
    const healthy = await shardsBesides(victim, store.name, SHARDS);
    const joins = joinsOn(tusker, (task) => healthy.has(store.shardOf(task)), LANES);
    await sleep(3000);
    const before = await joins.rates(seconds);
    process.kill(victim.pid, signal);
    const during = await joins.rates(seconds);
    await joins.end();
    return {
      before: round(median(before)),
      during: round(median(during)),
      share: round(median(during) / median(before)),
      perSecond: { before, during },
      unseen: joins.unseen(),
    };
  } finally {
    if (signal === 'SIGSTOP') process.kill(victim.pid, 'SIGCONT');
    await tusker.stop({ grace: 0, timeout: 500 }).catch(() => {});
    client.disconnect();
    await servers.stop();
  }
}
