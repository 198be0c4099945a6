/**
 * What the scripts of the first tusker do (arunoda/tusker, 2013, MIT licence, by Arunoda Susiripala), said anew. Their
 * faults are kept, as they are what is measured: an unlock before the close raises, so units are unlocked after it.
 */
export const SEED_SCRIPTS = {
  seedUnlock: {
    numberOfKeys: 3,
    lua: `
local locks, closed, released = KEYS[1], KEYS[2], KEYS[3]
local task, unit = ARGV[1], ARGV[2]
redis.call('hdel', locks, unit)
local left = redis.call('hlen', locks)
local info = redis.call('hget', closed, task)
if left == 0 and info ~= nil then
  redis.call('del', locks)
  redis.call('rpush', released, info)
end`,
  },
  seedClose: {
    numberOfKeys: 3,
    lua: `
local locks, closed, released = KEYS[1], KEYS[2], KEYS[3]
local task, info = ARGV[1], ARGV[2]
if redis.call('hlen', locks) == 0 then
  if not redis.call('hget', closed, task) then
    redis.call('del', locks)
    redis.call('rpush', released, info)
    redis.call('hset', closed, task, info)
  end
else
  redis.call('hset', closed, task, info)
end`,
  },
  seedProcessing: {
    numberOfKeys: 2,
    lua: `
local closed, processing = KEYS[1], KEYS[2]
local task, now = ARGV[1], tonumber(ARGV[2])
local info = cjson.decode(redis.call('hget', closed, task))
info['metadata']['started'] = now
redis.call('hset', processing, task, cjson.encode(info))`,
  },
  seedCompleted: {
    numberOfKeys: 3,
    lua: `
local closed, processing, completed = KEYS[1], KEYS[2], KEYS[3]
redis.call('hdel', closed, ARGV[1])
redis.call('hdel', processing, ARGV[1])
redis.call('incr', completed)`,
  },
};
