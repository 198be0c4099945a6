import { Redis } from 'ioredis';
import { warmUp } from '../harness/steady.mjs';
import { createTusker } from '../harness/subject.mjs';

/** Pairs in a window of the warm-up. */
const WINDOW = 2000;

/** One call at a time: what locking and unlocking a unit takes, in µs, by tusker or (`isRaw`) by HSET and HDEL. */
export async function open({ port, isRaw }) {
  const { pair, close } = isRaw ? rawPair(port) : tuskerPair(port);
  let count = 0;
  const pairs = async (total) => {
    const times = [];
    for (let i = 0; i < total; i++) {
      const [task, unit] = [`task-${Math.floor(count / 1000)}`, `unit-${String(count++).padStart(25, '0')}`];
      const start = performance.now();
      await pair(task, unit);
      times.push(1000 * (performance.now() - start));
    }
    return times;
  };
  return {
    pairs,
    warm: () => warmUp(async () => (await pairs(WINDOW)).length),
    close,
  };
}

function tuskerPair(port) {
  const tusker = createTusker(`redis://127.0.0.1:${port}`);
  return {
    async pair(task, unit) {
      const lock = await tusker.lock(task, unit);
      await lock.unlock();
    },
    close: () => tusker.stop(),
  };
}

function rawPair(port) {
  const redis = new Redis({ host: '127.0.0.1', port });
  return {
    async pair(task, unit) {
      await redis.hset(task, unit, '1795525937021921');
      await redis.hdel(task, unit);
    },
    close: () => redis.disconnect(),
  };
}
