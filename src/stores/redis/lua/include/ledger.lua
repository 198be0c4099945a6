-- Tasks in and out of the keys of the shard.

-- The task of this name as it is kept, overdue or not.
local function load(name)
  local packed = call('HGET', TASKS, name)
  return packed and decode_task(name, packed)
end

-- Records are written together at the end of a call: a list of name, value, name, value, … and its length.
local records, recorded = {}, 0

-- Puts the task on its shelf; its record is written with the others.
local function save(task)
  if task.shelf ~= task.was_shelf then
    local member = member_of(task)
    if task.was_shelf then call('ZREM', KEYS[SHELVES + task.was_shelf], member) end
    call('ZADD', KEYS[SHELVES + task.shelf], format('%d', task.due), member)
  elseif task.due ~= task.was_due then
    call('ZADD', KEYS[SHELVES + task.shelf], format('%d', task.due), member_of(task))
  end
  task.was_shelf, task.was_due = task.shelf, task.due
  records[recorded + 1], records[recorded + 2] = task.name, encode_task(task)
  recorded = recorded + 2
end

-- Always writes, so that WAIT after a repeated call waits for something.
local function write_records()
  if now >= shard[SEEN] + 1000 then changing_shard()[SEEN] = now end
  if not shard_text or recorded == 0 then
    records[recorded + 1], records[recorded + 2] = '', pack_shard()
    recorded = recorded + 2
  end
  call('HSET', TASKS, unpack(records, 1, recorded))
  recorded = 0
end

-- A list of name, value, name, value, … for one command that writes them all.
local pairs_at_hand = {}

-- Puts the names from the first to the last argument there, each with the value; how many places they take.
local function pair_all(first, last, value)
  local at = 0
  for i = first, last do
    pairs_at_hand[at + 1], pairs_at_hand[at + 2] = ARGV[i], value
    at = at + 2
  end
  return at
end

-- Takes a hash out of the compact encoding, in which from some size on a look-up costs more than it saves.
local function spread(key)
  call('HSET', key, '', string.rep(' ', 65))
  call('HDEL', key, '')
end

-- What happened to a task, for those who follow. The history is bounded. The numbers follow the clock in steps of 10 µs: behind
-- a flush, or on an older snapshot, none is given twice.
local function event(task, kind)
  rest_changed = true
  local sequence = max(shard[EVENT] + 1, now * 100)
  changing_shard()[EVENT] = sequence
  local fields = task.cold or task.cold_packed ~= '' and cold(task)
  local text = format('%d %s %d %d %d %s %s', now, kind, state_of(task), task.id, fields and fields.attempt or 0,
    fields and fields.failure or '-', task.name)
  call('XADD', EVENTS, 'MAXLEN', '~', '10000', format('%d-0', sequence), 'e', text)
end
