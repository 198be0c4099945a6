import { createTusker } from '../harness/subject.mjs';
import { endUnits } from './end-units.mjs';
import { joinContender } from './load.mjs';

/** By the public interface: lock all, close, unlock all; `work` merges. */
export const open = joinContender(async (port, { merging, merged, results }) => {
  const tusker = createTusker(`redis://127.0.0.1:${port}`);
  await tusker.stats();
  const handler = async (context) => {
    merging(context.task);
    if (results) await context.results();
  };
  const worker = tusker.work(handler, { concurrency: 50 });
  worker.on('completed', ({ task }) => merged(task));
  worker.on('error', (error) => {
    throw error;
  });
  const value = results ? { key: 'a'.repeat(30) } : undefined;
  return {
    async join(task, units, lastEnds) {
      const locks = await Promise.all(units.map((unit) => tusker.lock(task, unit)));
      await tusker.close(task);
      await endUnits(units.length, (i) => locks[i].unlock(value), lastEnds);
    },
    end: () => tusker.stop(),
  };
});
