import { Redis } from 'ioredis';
import { pairContender } from './load.mjs';

const LOCK = `
local held = redis.call('hget', KEYS[1], ARGV[1])
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if held and tonumber(string.match(held, '^(%d+)')) > now then return 0 end
redis.call('hset', KEYS[1], ARGV[1], (now + ARGV[3]) .. ':' .. ARGV[2])
return 1`;
const UNLOCK = `
local held = redis.call('hget', KEYS[1], ARGV[1])
if not held or string.match(held, ':(.*)$') ~= ARGV[2] then return -1 end
redis.call('hdel', KEYS[1], ARGV[1])
return redis.call('hlen', KEYS[1])`;

/** What a careful programmer would write: a lease with a token in a hash of the task, one script for each call. */
export const open = pairContender((port) => {
  const redis = new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true });
  redis.defineCommand('leaseUnit', { numberOfKeys: 1, lua: LOCK });
  redis.defineCommand('endUnit', { numberOfKeys: 1, lua: UNLOCK });
  let tokens = 0;
  return {
    async pair(task, unit) {
      const token = String(++tokens);
      if ((await redis.leaseUnit(task, unit, token, 60_000)) !== 1) throw new Error(`${unit} is held`);
      if ((await redis.endUnit(task, unit, token)) < 0) throw new Error(`${unit} was lost`);
    },
    end: () => redis.disconnect(),
  };
});
