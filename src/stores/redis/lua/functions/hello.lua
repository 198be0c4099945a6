@seldom
-- Who the server is, and whether the keys of the shard are what they should be.
-- KEYS: the 15 of the shard. ARGV: clock, shards. Returns: version, INFO of server and memory, its number of
-- shards as the record says or 0, then keys of another type …
local TYPES = {
  'hash', 'stream', 'zset', 'zset', 'zset', 'zset', 'zset', 'zset', 'zset', 'zset', 'zset',
  'hash', 'hash', 'zset', 'hash',
}

local function hello(keys)
  bind()
  local reply = { redis.REDIS_VERSION, call('INFO', 'server') .. call('INFO', 'memory'), 0 }
  for i = 1, #keys do
    local found = call('TYPE', keys[i]).ok
    if found ~= 'none' and found ~= TYPES[i] then reply[#reply + 1] = keys[i] end
  end
  local record = not reply[4] and call('HGET', keys[1], '')
  if record then
    local _, shards = struct.unpack('>BH', record)
    reply[3] = shards
  end
  return reply
end
