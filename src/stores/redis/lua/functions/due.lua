-- Tombstones stay their first minutes, whatever the cap: a sweep that came for them would find nothing to do, over and over.
local function is_young(member)
  local ok, task = pcall(load, name_of(member))
  return ok and task and task.shelf == COMPLETED and cold(task).ended_at + UNIT_RETENTION > now
end

-- What one call lists at most.
local MOST_LISTED = 1000
-- How many tombstones are read together, at most twice in a call.
local TOMBSTONES_READ = 50

-- Some tombstones above the cap that are no longer young. Those that are due within the first minutes are left out: they are young,
-- or go soon by themselves. Behind them stand the others by the end of their retention; when the first ones are young, others are
-- read, anywhere behind, so that young ones of a short retention hide none.
local function old_tombstones(surplus)
  local shelf = KEYS[SHELVES + COMPLETED]
  local first, count = call('ZCOUNT', shelf, '-inf', format('%d', now + UNIT_RETENTION)), min(surplus, TOMBSTONES_READ)
  local function old_from(place)
    local members, old = call('ZRANGE', shelf, format('%d', place), format('%d', place + count - 1)), {}
    for i = 1, #members do
      if not is_young(members[i]) then old[#old + 1] = members[i] end
    end
    return old
  end
  local old, others = old_from(first), call('ZCARD', shelf) - first - count
  return #old == 0 and others > 0 and old_from(first + count + now_us % others) or old
end

-- The time of a shard that leads the server's clock is given up when nothing is due and no lease, grace or idle time is counted
-- by it, and no consumer gets a dead letter later than by the clock.
local function follow_clock()
  for _, shelf in ipairs({ OPEN, LOCKED, DELAYED, PROCESSING }) do
    if call('ZCARD', KEYS[SHELVES + shelf]) > 0 then return end
  end
  local beyond = format('(%d', now - shard[LEAD] + FAILED_RETENTION)
  if shard[WATCHED] > 0 and call('ZCOUNT', KEYS[SHELVES + FAILED], beyond, format('(%d', ACKNOWLEDGED)) > 0 then return end
  now = now - shard[LEAD]
  changing_shard()[LEAD], shard[SEEN] = 0, now
end

-- The first and the last place of what the sweep removes of a shelf: of dead letters the acknowledged ones, where there is a
-- consumer. And by how much moments are ahead there.
local function removable(shelf)
  if shelf == FAILED and shard[WATCHED] > 0 then return format('%d', ACKNOWLEDGED), ACKNOWLEDGED end
  return '-inf', 0
end

-- What a sweep has to look at: tasks whose moment has come, and those over the caps. Of the keys of the shard it writes the record
-- alone, and only where the clock was set back.
-- KEYS: the 15 of the shard. ARGV: clock, shards, limit, only attempts (1) or all (0).
-- Returns: now, the next due moment (or nothing), then incarnation, is surplus, name …
local function due()
  local limit, only_attempts = min(tonumber(ARGV[3]), MOST_LISTED), ARGV[4] == '1'
  local ORDER = { PROCESSING, LOCKED, OPEN, DELAYED, COMPLETED, FAILED, REMOVED }
  local reply = { now, false }

  local function add(members, surplus)
    for i = 1, #members do
      reply[#reply + 1] = struct.unpack('>I6', members[i])
      reply[#reply + 1] = surplus
      reply[#reply + 1] = name_of(members[i])
    end
    limit = limit - #members
  end

  local next_due = NEVER
  for i = 1, only_attempts and 1 or #ORDER do
    local shelf, first, ahead = KEYS[SHELVES + ORDER[i]], removable(ORDER[i])
    if limit > 0 then
      add(call('ZRANGEBYSCORE', shelf, first, format('%d', now + ahead), 'LIMIT', '0', format('%d', limit)), 0)
    end
  end
  for i = 1, #ORDER do
    local from, ahead = removable(ORDER[i])
    local first = call('ZRANGEBYSCORE', KEYS[SHELVES + ORDER[i]], from, '+inf', 'WITHSCORES', 'LIMIT', '0', '1')
    if first[2] then next_due = min(next_due, tonumber(first[2]) - ahead) end
  end
  if not only_attempts then
    for shelf, cap in pairs({ [FAILED] = 10000, [COMPLETED] = 100000 }) do
      local surplus = min(call('ZCARD', KEYS[SHELVES + shelf]) - cap, limit)
      if surplus > 0 and shelf == FAILED then
        local first = removable(shelf)
        add(call('ZRANGEBYSCORE', KEYS[SHELVES + shelf], first, '+inf', 'LIMIT', '0', format('%d', surplus)), 1)
      end
      if surplus > 0 and shelf == COMPLETED then add(old_tombstones(surplus), 1) end
    end
  end
  if next_due < NEVER then reply[2] = next_due end
  if shard[LEAD] > 0 then
    if not only_attempts and not reply[3] then follow_clock() end
    if not shard_text then call('HSET', TASKS, '', pack_shard()) end
    reply[1] = now
  end
  return reply
end
