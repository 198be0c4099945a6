import { round } from '../harness/measure.mjs';

/** How much of its processor a master gives to pairs before callers wait noticeably. */
const BUSY = 0.7;
const SHARDS_A_MASTER = 4;

/**
 * The paper model of docs/scaling.md. A pair costs the servers `perPair + perScript × scripts`, both in µs: fitted to what
 * was measured at the fewest and the most shards.
 */
export function costModel(measured) {
  const [few, many] = [measured[0], measured.at(-1)];
  const perScript = Math.max(0, (many.serverCpu - few.serverCpu) / (many.scripts - few.scripts));
  const perPair = few.serverCpu - perScript * few.scripts;
  // A client cuts its batch into one call for each shard; no pair takes more than one for its lock and one for its unlock.
  const scriptsAt = (shards) => Math.min(2, Math.max(few.scripts, (many.scripts * shards) / many.shards));
  return {
    perPair,
    perScript,
    /** µs of all servers for a pair. */
    costAt: (shards) => perPair + perScript * scriptsAt(shards),
    /** Pairs a second that `masters` take: the one with the most shards is full first. */
    pairsAt(masters, shards) {
      const busiest = Math.ceil(shards / masters) / shards;
      return (BUSY * 1e6) / (this.costAt(shards) * busiest);
    },
  };
}

export function modelTable(measured) {
  const model = costModel(measured);
  const clientCpu = measured.at(-1).clientCpu;
  const rows = [1, 3, 6, 12, 24].map((masters) => {
    const shards = masters * SHARDS_A_MASTER;
    const pairs = model.pairsAt(masters, shards);
    return [`${masters}`, shards, round(model.costAt(shards)), round(pairs), Math.ceil((pairs * clientCpu) / 1e6)];
  });
  const [pair, script] = [round(model.perPair), round(model.perScript)];
  return {
    title: `On paper: ${pair} µs a pair and ${script} µs a script call, masters ${100 * BUSY} % busy`,
    heads: ['masters', 'shards', 'server CPU, µs a pair', 'pairs/s', 'client processors that this keeps busy'],
    rows,
  };
}
