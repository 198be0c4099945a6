import { createClient } from 'redis';
import { createTusker, redisStore } from '../harness/subject.mjs';
import { pairContender } from './load.mjs';

/** By the public interface with its defaults, from a URL (which takes ioredis), or with `client: 'node-redis'`. */
export async function open({ port, client }) {
  return pairContender(client === 'node-redis' ? overNodeRedis : overUrl)({ port });
}

function overUrl(port) {
  return pairsOf(createTusker(`redis://127.0.0.1:${port}`), () => {});
}

async function overNodeRedis(port) {
  const redis = createClient({ socket: { host: '127.0.0.1', port } });
  await redis.connect();
  return pairsOf(createTusker({ store: redisStore(redis) }), () => redis.destroy());
}

export async function pairsOf(tusker, disconnect) {
  await tusker.stats();
  let closes = [];
  return {
    async pair(task, unit, isLast) {
      const lock = await tusker.lock(task, unit);
      await lock.unlock();
      if (isLast) closes.push(tusker.close(task, { worker: false }));
    },
    async settle() {
      await Promise.all(closes);
      closes = [];
    },
    async end() {
      await tusker.stop();
      disconnect();
    },
  };
}
