import { Redis } from 'ioredis';
import { createLock, IoredisAdapter } from 'redlock-universal';
import { pairContender } from './load.mjs';

export const open = pairContender((port) => {
  const redis = new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true });
  const adapter = new IoredisAdapter(redis);
  return {
    async pair(task, unit) {
      const lock = createLock({ adapter, key: `${task}:${unit}` });
      const handle = await lock.acquire();
      await lock.release(handle);
    },
    end: () => redis.disconnect(),
  };
});
