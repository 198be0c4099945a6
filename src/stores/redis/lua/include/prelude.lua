-- What everything else stands on: names, the keys of the shard, the clock.

-- A moment that never comes.
local NEVER = 9007199254740991

-- Shelves, by their number. The key of shelf n is KEYS[SHELVES + n].
local OPEN, LOCKED, RELEASED, DELAYED, PROCESSING, COMPLETED, FAILED, REMOVED = 1, 2, 3, 4, 5, 6, 7, 8
local SHELVES = 3

-- The keys of the shard. Calls that only lock and unlock get the first six: with those of three shelves.
local TASKS, EVENTS, MARKER = KEYS[1], KEYS[2], KEYS[3]
local INFOS, CLAIMS, ENDED_CLAIMS, SHORTFALLS = KEYS[12], KEYS[13], KEYS[14], KEYS[15]
local SHARD_KEYS, FEW_SHARD_KEYS = 15, 6

-- The keys of the task that is worked on: its outstanding units, done ones, their results, what else is its own, and the failed
-- and expired units by their ends.
local unit_key, done_key, result_key, extra_key, ended_key

-- While the library is loaded nothing of Lua's own is there: the first call binds what all use.
local call, pack, format, sub, min, max, floor

local function bind()
  call, pack = redis.call, cmsgpack.pack
  format, sub = string.format, string.sub
  min, max, floor = math.min, math.max, math.floor
end

-- What a call works with; `begin` sets all of it anew.
local KEYS, ARGV
local now, now_us

-- What a call has done so far, in steps of about a microsecond: each unit looked at, more for what is written. From MOST_STEPS on
-- it leaves the rest to the next call, so that it does not hold up the server.
local MOST_STEPS = 2000
local steps
-- What it takes to change all of a record, with each of the calls that do so, a renewal among them; to end a lock; and how many
-- bytes are a step.
local RECORD_STEPS, CALL_STEPS, RENEW_STEPS, END_STEPS, STEP_BYTES = 40, 20, 6, 20, 256
-- A page of payloads has at most so many bytes, or holds one payload.
local PAGE_BYTES = 262144

-- What a text says never changes: texts that come again are decoded once. A memo forgets all when it has become long.
local MEMO_LENGTH, SHORT_TEXT = 1000, 1000
local memo_lengths = {}

local function memorize(memo, text, value)
  local length = (memo_lengths[memo] or 0) + 1
  if length > MEMO_LENGTH then
    for known in pairs(memo) do memo[known] = nil end
    length = 1
  end
  memo_lengths[memo] = length
  memo[text] = value
  return value
end

-- Long ones mostly do not come again.
local function memorize_short(memo, text, value)
  return #text <= SHORT_TEXT and memorize(memo, text, value) or value
end
