import { inLanes } from '../harness/lanes.mjs';

const BATCH = 256;
const DAY = 86_400_000;

/**
 * Fills a store by its own calls: every other task is open with a lock held, every other one closed and waiting for a
 * worker. Gives the number of batches.
 */
export async function fillTasks(store, from, to) {
  const batches = Math.ceil((to - from) / BATCH);
  await inLanes(batches, 4, async (batch) => {
    const first = from + batch * BATCH;
    const calls = Array.from({ length: Math.min(BATCH, to - first) }, (_, i) => callOf(first + i));
    for (const outcome of await store.apply(calls)) {
      if (outcome.kind !== 'locked' && outcome.kind !== 'closed') throw new Error(`filling: ${outcome.kind}`);
    }
  });
  return batches;
}

function callOf(i) {
  const task = `filled-${String(i).padStart(9, '0')}`;
  if (i % 2 === 0) {
    const lease = { ttl: DAY, maxHold: DAY, holder: 'bench', refresh: false };
    return { verb: 'lock', task, unit: 'unit', idleTimeout: DAY, ...lease };
  }
  return { verb: 'close', task, nonce: `n${i}`, idleTimeout: DAY, info: null, options: {}, replace: false };
}

/** A task of `units` done units. */
export async function fillUnits(tusker, task, units) {
  await inLanes(units, 1000, async (i) => {
    const lock = await tusker.lock(task, i, { renew: false });
    await lock.unlock({ n: i });
  });
}
