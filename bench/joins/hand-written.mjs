import { Redis } from 'ioredis';
import { endUnits } from './end-units.mjs';
import { HAND_WRITTEN_SCRIPTS } from './hand-written-scripts.mjs';
import { joinContender } from './load.mjs';
import { takeEach } from './take-each.mjs';

/** One script for each call, in pipelines of what one tick asks for; BLMOVE keeps a task listed while it is at work. */
export const open = joinContender(async (port, { merging, merged }) => {
  const redis = new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true });
  for (const [name, script] of Object.entries(HAND_WRITTEN_SCRIPTS)) redis.defineCommand(name, script);
  const watcher = new Redis({ host: '127.0.0.1', port });
  const stop = takeEach(
    () => watcher.blmove('queue', 'working', 'RIGHT', 'LEFT', 0),
    async (task) => {
      const token = await redis.joinClaim('leases', 'tokens', task, 30_000);
      merging(task);
      const isCompleted = await redis.joinComplete('leases', 'tokens', 'working', 'closed', task, token);
      if (isCompleted !== 1) throw new Error(`${task} was lost`);
      merged(task);
    },
  );
  return {
    async join(task, units, lastEnds) {
      const key = `units:${task}`;
      await Promise.all(units.map((unit) => redis.joinLock(key, unit, 60_000)));
      await redis.joinClose(key, 'closed', 'queue', task);
      const unlock = (i) => redis.joinUnlock(key, 'closed', 'queue', task, units[i]);
      await endUnits(units.length, unlock, lastEnds);
    },
    end() {
      stop();
      watcher.disconnect();
      redis.disconnect();
    },
  };
});
