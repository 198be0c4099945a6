/**
 * A careful join by hand: units in a hash of their leases, a queue, a list of what is at work, and a lease with a token that
 * a completion must show. No fencing of units, no results, no sweep.
 */
export const HAND_WRITTEN_SCRIPTS = {
  joinLock: {
    numberOfKeys: 1,
    lua: `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('hsetnx', KEYS[1], ARGV[1], now + ARGV[2])`,
  },
  joinClose: {
    numberOfKeys: 3,
    lua: `
local units, closed, queue = KEYS[1], KEYS[2], KEYS[3]
if redis.call('hsetnx', closed, ARGV[1], 'closed') == 0 then return 0 end
if redis.call('hlen', units) == 0 then
  redis.call('hset', closed, ARGV[1], 'released')
  redis.call('lpush', queue, ARGV[1])
end
return 1`,
  },
  joinUnlock: {
    numberOfKeys: 3,
    lua: `
local units, closed, queue = KEYS[1], KEYS[2], KEYS[3]
if redis.call('hdel', units, ARGV[2]) == 0 then return -1 end
local left = redis.call('hlen', units)
if left == 0 and redis.call('hget', closed, ARGV[1]) == 'closed' then
  redis.call('hset', closed, ARGV[1], 'released')
  redis.call('lpush', queue, ARGV[1])
end
return left`,
  },
  joinClaim: {
    numberOfKeys: 2,
    lua: `
local leases, tokens = KEYS[1], KEYS[2]
local time = redis.call('time')
local token = redis.call('hincrby', tokens, ARGV[1], 1)
redis.call('zadd', leases, time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2], ARGV[1])
return token`,
  },
  joinComplete: {
    numberOfKeys: 4,
    lua: `
local leases, tokens, working, closed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if redis.call('hget', tokens, ARGV[1]) ~= ARGV[2] then return 0 end
if redis.call('zrem', leases, ARGV[1]) == 0 then return 0 end
redis.call('lrem', working, 1, ARGV[1])
redis.call('hdel', tokens, ARGV[1])
redis.call('hdel', closed, ARGV[1])
return 1`,
  },
};
