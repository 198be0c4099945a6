import { Cluster } from 'ioredis';
import { pairContender } from '../per-unit/load.mjs';

/** HSET and HDEL over a Cluster: a task's hash is in the slot of its name. */
export async function open({ ports }) {
  const connect = () => {
    const redis = new Cluster(
      ports.map((port) => ({ host: '127.0.0.1', port })),
      { enableAutoPipelining: true },
    );
    return {
      async pair(task, unit) {
        await redis.hset(task, unit, '1795525937021921');
        await redis.hdel(task, unit);
      },
      end: () => redis.disconnect(),
    };
  };
  return pairContender(connect)({ ports });
}
