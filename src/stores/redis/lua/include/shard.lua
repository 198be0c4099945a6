-- The record of the shard stands among those of its tasks, under the empty name: layout, number of shards, last token, last
-- event, last incarnation, and the cumulative counts.
local LAYOUT, SHARDS, TOKEN, EVENT, INCARNATION, COUNT_COMPLETED, COUNT_FAILED = 1, 2, 3, 4, 5, 6, 7
local SHARD_FORMAT = '>BHI7I6I6I6I6'

-- Begins a call: the server's clock is read once; ARGV[1] is empty but in tests that move the clock by hand.
local function begin(keys, args)
  if not call then bind() end
  KEYS, ARGV = keys, args
  if args[1] == '' then
    local time = call('TIME')
    now_us = time[1] * 1000000 + time[2]
    now = floor(now_us / 1000)
  else
    now = tonumber(args[1])
    now_us = now * 1000
  end
  units_by_value = {}
end

-- Returns an error when the shard is of another layout or of another number of shards.
local function read_shard(packed)
  shard = packed and { struct.unpack(SHARD_FORMAT, packed) } or { 1, tonumber(ARGV[2]), 0, 0, 0, 0, 0 }
  if shard[LAYOUT] ~= 1 or shard[SHARDS] ~= tonumber(ARGV[2]) then
    return redis.error_reply(format('TUSKERSHARDS %d %d', shard[LAYOUT], shard[SHARDS]))
  end
end

local function pack_shard()
  return struct.pack(SHARD_FORMAT, unpack(shard, 1, 7))
end

-- Fencing: grows through crashes, fail-over and reuse of names, because it follows the clock in µs.
local function next_token()
  local token = max(shard[TOKEN] + 1, now_us)
  shard[TOKEN] = token
  return token
end
