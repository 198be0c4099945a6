import { Redis } from 'ioredis';
import { joinContender } from './load.mjs';

/** RPUSH and a blocking pop, and no join at all: as quick as a wake-up through Redis gets. */
export const open = joinContender((port, { merging, merged }) => {
  const redis = new Redis({ host: '127.0.0.1', port });
  const watcher = new Redis({ host: '127.0.0.1', port });
  let isOver = false;
  const watch = async () => {
    while (!isOver) {
      const [, task] = await watcher.blpop('queue', 0);
      merging(task);
      merged(task);
    }
  };
  watch().catch((error) => {
    if (!isOver) throw error;
  });
  return {
    async join(task, _units, lastEnds) {
      lastEnds();
      await redis.rpush('queue', task);
    },
    end() {
      isOver = true;
      watcher.disconnect();
      redis.disconnect();
    },
  };
});
