import { Redis } from 'ioredis';
import { Mutex } from 'redis-semaphore';
import { pairContender } from './load.mjs';

/** A mutex for each unit. */
export const open = pairContender((port) => {
  const redis = new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true });
  return {
    async pair(task, unit) {
      const mutex = new Mutex(redis, `${task}:${unit}`);
      await mutex.acquire();
      await mutex.release();
    },
    end: () => redis.disconnect(),
  };
});
