import { Redis } from 'ioredis';
import { pairContender } from './load.mjs';

const DEADLINE = '1795525937021921';

/** HSET and HDEL, one promise each; the client puts what one tick asks for into one pipeline. */
export const open = pairContender((port) => {
  const redis = new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true });
  return {
    async pair(task, unit) {
      await redis.hset(task, unit, DEADLINE);
      await redis.hdel(task, unit);
    },
    end: () => redis.disconnect(),
  };
});
