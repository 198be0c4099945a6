import { setTimeout as sleep } from 'node:timers/promises';
import { costOf } from '../harness/cost.mjs';
import { median, round } from '../harness/measure.mjs';
import { createTusker, redisStore } from '../harness/subject.mjs';
import { fillTasks } from './fill.mjs';
import { longestCall, longestEmptyCall } from './slow-calls.mjs';
import { timesOf } from './times.mjs';

const DUE_LOCKS = 100;
/** A call that is long by itself is so in every pass; one that the machine held up is not. */
const PASSES = 5;

/** What each step takes in µs, and the longest call of the server in ms, in a namespace of `sizes` tasks. `repeats` is a multiple of 5. */
export async function byTasks({ admin, url }, sizes, repeats) {
  await admin.flushall();
  const store = redisStore(url);
  const tusker = createTusker({ store });
  const rows = [];
  let filled = 0;
  try {
    await steps(tusker, 'warm', repeats, timesOf());
    for (const size of sizes) {
      const filling = await costOf([admin], () => fillTasks(store, filled, size));
      const batchCpu = round(filling.serverCpu / 1000 / filling.value);
      filled = size;
      const all = timesOf();
      const [longest, empty] = [[], []];
      for (let pass = 0; pass < PASSES; pass++) {
        empty.push(await longestEmptyCall(admin, repeats));
        longest.push(await longestCall(admin, () => steps(tusker, `at-${size}-${pass}`, repeats / PASSES, all)));
      }
      rows.push({ size, steps: medians(all.times), longest: median(longest), empty: median(empty), batchCpu });
    }
  } finally {
    await tusker.stop();
  }
  return rows;
}

async function steps(tusker, prefix, repeats, { timed }) {
  for (let i = 0; i < repeats; i++) {
    const [own, overdue] = [`${prefix}-${i}`, `${prefix}-overdue-${i}`];
    const first = await timed('lock', () => tusker.lock(own, 1));
    await first.unlock();
    const last = await tusker.lock(own, 2);
    await timed('close', () => tusker.close(own));
    await timed('release', () => last.unlock());
    const claim = await timed('claim', () => tusker.fetchReleased());
    await timed('complete', () => claim.complete());
    await timed('stats', () => tusker.stats());
    await timed('sweep, nothing due', () => tusker.sweep());
    if (i % 5 > 0) continue;
    const locks = Array.from({ length: DUE_LOCKS }, (_, unit) => tusker.lock(overdue, unit, { ttl: 1, renew: false }));
    await Promise.all(locks);
    await sleep(5);
    const { locks: ended } = await timed(`sweep, ${DUE_LOCKS} locks due`, () => tusker.sweep());
    if (ended !== DUE_LOCKS) throw new Error(`the sweep ended ${ended} of ${DUE_LOCKS} locks`);
    await tusker.cancel(overdue, 'measured');
  }
}

function medians(times) {
  return Object.fromEntries(Object.entries(times).map(([step, all]) => [step, round(median(all))]));
}
