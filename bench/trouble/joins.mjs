import { setTimeout as sleep } from 'node:timers/promises';

/** Joins of one unit over tasks that `isWanted` accepts, so many at a time, one after the other, until `end`. */
export function joinsOn(tusker, isWanted, lanes) {
  let [count, completed, unseen, isOver] = [0, 0, 0, false];
  const worker = tusker.work(
    async ({ attempt }) => {
      unseen += attempt - 1;
    },
    { concurrency: lanes },
  );
  const waiting = new Map();
  worker.on('error', () => {});
  worker.on('completed', ({ task }) => {
    completed++;
    waiting.get(task)?.();
  });
  const lane = async () => {
    while (!isOver) {
      const task = `join ${count++}`;
      if (!isWanted(task)) continue;
      const ended = new Promise((resolve) => waiting.set(task, resolve));
      await tusker.run(task, 1, () => {});
      await tusker.close(task);
      await ended;
      waiting.delete(task);
    }
  };
  const all = Promise.all(Array.from({ length: lanes }, lane));
  return {
    /** How many were completed in each of the next so many seconds. */
    async rates(seconds) {
      const rates = [];
      for (let i = 0; i < seconds; i++) {
        const [before, at] = [completed, performance.now()];
        await sleep(1000);
        rates.push((1000 * (completed - before)) / (performance.now() - at));
      }
      return rates;
    },
    unseen: () => unseen,
    async end() {
      isOver = true;
      await Promise.race([all, sleep(5000)]);
    },
  };
}
