import { median, round } from '../harness/measure.mjs';
import { createTusker, memoryStore, sqliteStore } from '../harness/subject.mjs';
import { temporaryFolder } from '../harness/temporary-folder.mjs';

const STEPS = ['release', 'stats', 'explain', 'claim'];

/** One task of so many done units: what its release, stats, explain and claim take, in ms. */
async function timesWith(tusker, units, run) {
  const task = `task-${units}-${run}`;
  const lastLock = await tusker.lock(task, 'last');
  for (let from = 0; from < units - 1; from += 1000) {
    const lane = (i) => tusker.run(task, from + i, () => ({ key: i }));
    await Promise.all(Array.from({ length: Math.min(1000, units - 1 - from) }, (_, i) => lane(i)));
  }
  await tusker.close(task);
  const timed = async (work) => {
    const start = performance.now();
    const value = await work();
    return [performance.now() - start, value];
  };
  const [release] = await timed(() => lastLock.unlock({ key: 'last' }));
  const [stats] = await timed(() => tusker.stats());
  const [explain] = await timed(() => tusker.explain(task));
  const [claim, claimed] = await timed(() => tusker.fetchReleased());
  const [results, all] = await timed(() => claimed.results());
  if (all.length !== units || all[10].key !== 10) throw new Error('results are not whole, or not in natural order');
  await claimed.complete();
  return { release, stats, explain, claim, results };
}

export async function growth({ rounds, quick }) {
  const folder = temporaryFolder();
  const sizes = quick ? [100, 10_000] : [100, 10_000, 100_000];
  const rows = [];
  const figures = {};
  for (const [name, store] of [
    ['memory', memoryStore()],
    ['SQLite', sqliteStore(folder.file('growth.db'), { synchronous: 'NORMAL' })],
  ]) {
    const tusker = createTusker({ store });
    for (const units of sizes) {
      const times = [];
      for (let round = 0; round < Math.max(3, rounds - 2); round++) times.push(await timesWith(tusker, units, round));
      const of = (step) => round(median(times.map((time) => time[step])));
      figures[`${name} ${units}`] = Object.fromEntries([...STEPS, 'results'].map((step) => [step, of(step)]));
      rows.push([name, units, ...STEPS.map(of), of('results')]);
    }
    await tusker.stop();
  }
  folder.remove();
  return {
    title: 'One task of N units: ms for each step (results: reading all of them)',
    heads: ['store', 'units', ...STEPS, 'results'],
    rows,
    figures,
    ratios: {},
  };
}
