import { Redis } from 'ioredis';
import { pairContender } from './load.mjs';

const DEADLINE = '1795525937021921';

/** HSET and HDEL in explicit pipelines of 100 units: one promise for 100, the callers' code bent around it. */
export const open = pairContender((port) => {
  const redis = new Redis({ host: '127.0.0.1', port });
  return {
    group: 100,
    async pair(units) {
      const sets = redis.pipeline();
      for (const { task, unit } of units) sets.hset(task, unit, DEADLINE);
      await sets.exec();
      const deletions = redis.pipeline();
      for (const { task, unit } of units) deletions.hdel(task, unit);
      await deletions.exec();
    },
    end: () => redis.disconnect(),
  };
});
