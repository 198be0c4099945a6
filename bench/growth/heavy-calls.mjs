import { round } from '../harness/measure.mjs';
import { redisStore } from '../harness/subject.mjs';
import { Ground } from './heavy-ground.mjs';
import { TASK_CALLS } from './heavy-tasks.mjs';
import { UNIT_CALLS } from './heavy-units.mjs';
import { timesOfFunctions } from './slow-calls.mjs';

/**
 * The most that each kind of call holds up the server, in ms: as much as one call of the store may ask for. A call that is long by
 * itself is so in every pass, in which the same calls follow one another; one that the machine held up is not.
 */
export async function heavyCalls({ admin, url }, count, only = '') {
  const longest = {};
  for (const [title, make] of Object.entries({ ...UNIT_CALLS, ...TASK_CALLS })) {
    if (!title.includes(only)) continue;
    const passes = [];
    for (let pass = 0; pass < count; pass++) {
      await admin.flushdb();
      const store = redisStore(url, { namespace: `heavy ${title} ${pass}` });
      try {
        await store.stats();
        const act = await make(new Ground(store));
        passes.push(await timesOfFunctions(admin, act));
      } finally {
        await store.close();
      }
    }
    longest[title] = round(Math.max(...leastOfEach(passes)) / 1000);
  }
  return longest;
}

/** What each call took in the quickest of the passes. */
function leastOfEach(passes) {
  const count = Math.min(...passes.map(({ length }) => length));
  return Array.from({ length: count }, (_, i) => Math.min(...passes.map((times) => times[i])));
}
