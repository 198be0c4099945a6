import { setTimeout as sleep } from 'node:timers/promises';
import { inLanes } from '../harness/lanes.mjs';
import { median, round } from '../harness/measure.mjs';
import { createTusker } from '../harness/subject.mjs';
import { fillUnits } from './fill.mjs';
import { longestCall, longestEmptyCall } from './slow-calls.mjs';
import { timesOf } from './times.mjs';

/** A call that is long by itself is so in every pass; one that the machine held up is not. */
const SWEEP_PASSES = 3;

/** What each step takes in µs, and the longest call of the server in ms, on a task of `sizes` units. */
export async function byUnits({ admin, url }, sizes, repeats) {
  await admin.flushall();
  const tusker = createTusker(url);
  const rows = [];
  try {
    await steps(tusker, 'warm', 100, timesOf());
    for (const size of sizes) {
      const all = timesOf();
      const longest = [];
      for (let i = 0; i < repeats; i++) {
        const task = `at-${size}-${i}`;
        await fillUnits(tusker, task, size - 1);
        longest.push(await longestCall(admin, () => steps(tusker, task, size, all)));
      }
      const empty = await longestEmptyCall(admin, 100);
      const ends = [];
      for (let pass = 0; pass < SWEEP_PASSES; pass++)
        ends.push(await endAll(tusker, admin, `overdue-${size}-${pass}`, size));
      const overdue = {
        longest: median(ends.map((end) => end.longest)),
        perLock: round(median(ends.map((end) => end.perLock))),
      };
      const medians = Object.entries(all.times).map(([step, times]) => [step, round(median(times))]);
      rows.push({ size, steps: Object.fromEntries(medians), longest: median(longest), empty, overdue });
    }
  } finally {
    await tusker.stop();
  }
  return rows;
}

/** The end of a task all of whose units are done but for one. */
async function steps(tusker, task, size, { timed }) {
  const last = await timed('lock', () => tusker.lock(task, size));
  await timed('stats', () => tusker.stats());
  await timed('sweep, nothing due', () => tusker.sweep());
  await timed('close', () => tusker.close(task));
  await timed('explain', () => tusker.explain(task));
  await timed('release', () => last.unlock({ n: size }));
  const claim = await timed('claim', () => tusker.fetchReleased());
  if (claim?.task !== task) throw new Error(`claimed ${claim?.task}, not ${task}`);
  // How long reading takes follows the units; how long it holds up the server does not.
  await claim.results();
  for await (const _ of claim.units());
  await timed('complete', () => claim.complete());
}

/** All locks of a task are overdue at once: sweeps end them step by step. */
async function endAll(tusker, admin, task, size) {
  await inLanes(size, 1000, (i) => tusker.lock(task, i, { ttl: 1, renew: false }));
  await sleep(5);
  const start = performance.now();
  let ended = 0;
  let seconds = 0;
  const longest = await longestCall(admin, async () => {
    for (let more = true; more; ) {
      const swept = await tusker.sweep();
      ended += swept.locks;
      more = swept.more;
    }
    seconds = (performance.now() - start) / 1000;
  });
  if (ended !== size) throw new Error(`the sweeps ended ${ended} of ${size} locks`);
  await tusker.cancel(task, 'measured');
  return { longest, perLock: (1e6 * seconds) / size };
}
