import { round } from '../harness/measure.mjs';

/** How much of its processor a master gives to pairs before callers wait noticeably. */
const BUSY = 0.7;
const SHARDS_A_MASTER = 4;

/**
 * The paper model of docs/scaling.md. A pair costs the servers `perPair + perTask × tasks + perScript × scripts`, all in µs:
 * fitted to what was measured under two loads, the first of which touches fewer tasks (`tasks` a pair), at the fewest and
 * the most shards.
 */
export function costModel(measured) {
  const [gathered, scattered] = measured;
  const [few, many] = [gathered.costs[0], gathered.costs.at(-1)];
  const perScript = Math.max(0, (many.serverCpu - few.serverCpu) / (many.scripts - few.scripts));
  const rest = ({ costs: [cost] }) => cost.serverCpu - perScript * cost.scripts;
  const perTask = Math.max(0, (rest(scattered) - rest(gathered)) / (scattered.tasks - gathered.tasks));
  const perPair = rest(gathered) - perTask * gathered.tasks;
  // A client cuts its batch into one call for each shard; a call touches a task at least.
  const scriptsAt = (shards) => Math.min(gathered.tasks, Math.max(few.scripts, (many.scripts * shards) / many.shards));
  return {
    perPair,
    perTask,
    perScript,
    /** µs of all servers for a pair. */
    costAt: (shards) => perPair + perTask * gathered.tasks + perScript * scriptsAt(shards),
    /** Pairs a second that `masters` take: the one with the most shards is full first. */
    pairsAt(masters, shards) {
      const busiest = Math.ceil(shards / masters) / shards;
      return (BUSY * 1e6) / (this.costAt(shards) * busiest);
    },
  };
}

export function modelTable(measured) {
  const model = costModel(measured);
  const clientCpu = measured[0].costs.at(-1).clientCpu;
  const rows = [1, 3, 6, 12, 24].map((masters) => {
    const shards = masters * SHARDS_A_MASTER;
    const pairs = model.pairsAt(masters, shards);
    return [`${masters}`, shards, round(model.costAt(shards)), round(pairs), Math.ceil((pairs * clientCpu) / 1e6)];
  });
  const [pair, task, script] = [model.perPair, model.perTask, model.perScript].map(round);
  return {
    title: `On paper: ${pair} µs a pair, ${task} µs a task touched, ${script} µs a script call, masters ${100 * BUSY} % busy`,
    heads: ['masters', 'shards', 'server CPU, µs a pair', 'pairs/s', 'client processors that this keeps busy'],
    rows,
  };
}
