import { Redis } from 'ioredis';
import { endUnits } from './end-units.mjs';
import { joinContender } from './load.mjs';
import { SEED_SCRIPTS } from './seed-scripts.mjs';
import { takeEach } from './take-each.mjs';

/** The first tusker's calls: HSET for a lock, a script for everything else, a blocking pop for the worker. */
export const open = joinContender(async (port, { merging, merged }) => {
  const redis = new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true });
  for (const [name, script] of Object.entries(SEED_SCRIPTS)) redis.defineCommand(name, script);
  const watcher = new Redis({ host: '127.0.0.1', port });
  const stop = takeEach(
    async () => (await watcher.blpop('released', 0))?.[1],
    async (text) => {
      const { metadata } = JSON.parse(text);
      await redis.seedProcessing('closed', 'processing', metadata.task, Date.now());
      merging(metadata.task);
      await redis.seedCompleted('closed', 'processing', 'completed', metadata.task, Date.now());
      merged(metadata.task);
    },
  );
  return {
    async join(task, units, lastEnds) {
      const locks = `lock:${task}`;
      await Promise.all(units.map((unit) => redis.hset(locks, unit, Date.now())));
      const info = JSON.stringify({ payload: {}, metadata: { task, attempts: 5, timeout: 30_000 } });
      await redis.seedClose(locks, 'closed', 'released', task, info);
      const unlock = (i) => redis.seedUnlock(locks, 'closed', 'released', task, units[i]);
      await endUnits(units.length, unlock, lastEnds);
    },
    end() {
      stop();
      watcher.disconnect();
      redis.disconnect();
    },
  };
});
