-- The record of the shard stands among those of its tasks, under the empty name: layout, number of shards, last token, last
-- event, last incarnation, the cumulative counts, the last incarnation of an older layout (its task may have failed and
-- expired units that are not listed by their ends), when it was last written, to a second, and how far the time of the shard
-- leads the server's clock, and since when it has a consumer of dead letters (0: never had one).
local LAYOUT, SHARDS, TOKEN, EVENT, INCARNATION, COUNT_COMPLETED, COUNT_FAILED, OLD_INCARNATION = 1, 2, 3, 4, 5, 6, 7, 8
local SEEN, LEAD, WATCHED = 9, 10, 11
local OWN_LAYOUT = 3
local SHARD_FORMAT = '>BHI7I6I6I6I6I6I6I6I6'
local SHARD_LENGTH = 58

-- Begins a call: the server's clock is read once; ARGV[1] is empty but in tests that move the clock by hand.
local function begin(keys, args)
  if not call then bind() end
  KEYS, ARGV = keys, args
  steps = 0
  if args[1] == '' then
    local time = call('TIME')
    now_us = time[1] * 1000000 + time[2]
    now = floor(now_us / 1000)
  else
    now = tonumber(args[1])
    now_us = now * 1000
  end
end

-- The record, and the text of it that is stored; nothing while it is being changed.
local shard, shard_text

-- The record is about to change.
local function changing_shard()
  shard_text = false
  return shard
end

-- The time of the shard never goes back: when the clock does, it leads from then on, and every lease, grace and idle time keeps
-- what was left of it.
local function run_on()
  if now + shard[LEAD] < shard[SEEN] then changing_shard()[LEAD] = shard[SEEN] - now end
  now, now_us = now + shard[LEAD], now_us + shard[LEAD] * 1000
end

-- Returns an error when the shard is of a newer layout or of another number of shards. One of an older layout is brought up
-- to this one by the first call that writes.
local function read_shard(packed, shards)
  if not packed then
    shard = { OWN_LAYOUT, shards, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
  elseif packed ~= shard_text then
    if string.byte(packed) > OWN_LAYOUT then
      return redis.error_reply(format('TUSKERLAYOUT %d %d', string.byte(packed), OWN_LAYOUT))
    end
    -- An older record is shorter.
    shard = { struct.unpack(SHARD_FORMAT, packed .. string.rep('\0', SHARD_LENGTH - #packed)) }
    if shard[LAYOUT] < OWN_LAYOUT then
      if shard[LAYOUT] == 1 then shard[OLD_INCARNATION] = shard[INCARNATION] end
      shard[LAYOUT] = OWN_LAYOUT
      packed = false
    end
  end
  shard_text = packed
  if shard[SHARDS] ~= shards then
    return redis.error_reply(format('TUSKERSHARDS %d %d', shard[SHARDS], shards))
  end
  if shard[LEAD] > 0 or now < shard[SEEN] then run_on() end
end

local function pack_shard()
  shard_text = struct.pack(SHARD_FORMAT, unpack(shard, 1, 11))
  return shard_text
end

-- Fencing: grows through crashes, fail-over and reuse of names, because it follows the clock in µs.
local function next_token()
  local token = max(shard[TOKEN] + 1, now_us)
  changing_shard()[TOKEN] = token
  return token
end
