-- Where in the arguments the next call stands.
local place

local function apply_group(runs, packed)
  if packed then
    local task = attach(decode_task(group.name, packed))
    if task.shelf >= COMPLETED and is_gone(task) then group.left = task else group.task = task end
  end
  for _ = 1, runs do
    local verb = ARGV[place]
    if verb == 'lock' then
      place = lock(place + 1)
    elseif verb == 'unlock' then
      place = unlock(place + 1)
    else
      place = other_verb(verb)(place + 1)
    end
  end
  if group.task then save(group.task) end
end

-- A record that cannot be read is taken off its shelf, so that sweeps go on; calls that name it are refused.
local function set_aside(id, name)
  local member = struct.pack('>I6', tonumber(id)) .. name
  for shelf = OPEN, REMOVED do call('ZREM', KEYS[SHELVES + shelf], member) end
end

-- Applies calls on tasks of one shard: each call is one step and answers alone.
-- KEYS: the 15 of the shard, then for each task: outstanding units, done units, results, extras.
-- ARGV: clock, shards, number of tasks; then for each task: name, number of runs, number of arguments to come; then for
-- each run: verb and its arguments.
-- Returns: now, then for each task its answers; an answer is the number of calls it is for, a word and its fields. A task whose
-- record cannot be read answers `1!` and what the matter is.
local function apply()
  answers, answered, place, row_length = {}, 0, 4, 0
  begin_records()
  local count = tonumber(ARGV[3])
  local names = { '' }
  for i = 1, count do
    names[i + 1] = ARGV[place]
    place = place + 3 + tonumber(ARGV[place + 2])
  end
  local packed = call('HMGET', TASKS, unpack(names))
  local mismatch = read_shard(packed[1])
  if mismatch then return mismatch end

  place = 4
  for i = 1, count do
    local key = 11 + i * 4
    local runs, first, next_group = tonumber(ARGV[place + 1]), place + 3, place + 3 + tonumber(ARGV[place + 2])
    group = { KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], KEYS[key + 4], name = ARGV[place] }
    local before = answered
    place = first
    local ok, err = pcall(apply_group, runs, packed[i + 1])
    if not ok then
      for j = before + 1, answered do answers[j] = nil end
      answered = before
      if ARGV[first] == 'sweep' then set_aside(ARGV[first + 1], group.name) end
      answer('1!' .. (type(err) == 'table' and err.err or tostring(err)))
    end
    place = next_group
  end
  write_records()
  answers[answered + 1] = now
  return answers
end
