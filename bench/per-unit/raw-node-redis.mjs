import { createClient } from 'redis';
import { pairContender } from './load.mjs';

const DEADLINE = '1795525937021921';

/** HSET and HDEL with node-redis, which pipelines by itself. */
export const open = pairContender(async (port) => {
  const redis = createClient({ socket: { host: '127.0.0.1', port } });
  await redis.connect();
  return {
    async pair(task, unit) {
      await redis.hSet(task, unit, DEADLINE);
      await redis.hDel(task, unit);
    },
    end: () => redis.destroy(),
  };
});
