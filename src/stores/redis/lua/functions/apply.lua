-- Where in the arguments the next run stands.
local place

local function apply_group(packed, runs)
  if packed then
    local task = attach(decode_task(group.name, packed))
    if task.shelf >= COMPLETED and is_gone(task) then group.left = task else group.task = task end
  end
  rest_changed = false
  for _ = 1, runs do
    local run = runs_by_text[ARGV[place]] or decode_run(ARGV[place])
    rest_changed = rest_changed or run[4]
    place = run[1](place + 1, run[2], run[3])
  end
  if group.task then save(group.task) end
end

-- A record that cannot be read is taken off its shelf, so that sweeps go on; calls that name it are refused.
local function set_aside(id, name)
  local member = struct.pack('>I6', tonumber(id)) .. name
  for shelf = OPEN, REMOVED do call('ZREM', KEYS[SHELVES + shelf], member) end
end

local groups_by_text = {}

-- The head of a task's calls: number of runs, number of arguments of them all.
local function decode_group(text)
  local runs, length = string.match(text, '^(%d+) (%d+)$')
  return memorize(groups_by_text, text, { tonumber(runs), tonumber(length) })
end

-- Applies calls on tasks of one shard: each call is one step and answers alone.
-- KEYS: the 15 of the shard, then for each task: outstanding units, done units, results, extras.
-- ARGV: clock, shards, the nonce of locks, number of tasks, their names; then for each task: number of runs and of arguments
-- to come; then for each run: number of calls and verb, and its arguments.
-- Returns: now, then for each task its answers; an answer is the number of calls it is for, a word and its fields. A task whose
-- record cannot be read answers 1, `!` and what the matter is.
local function apply()
  lock_nonce = ARGV[3]
  local count = tonumber(ARGV[4])
  local packed = call('HMGET', TASKS, '', unpack(ARGV, 5, 4 + count))
  local mismatch = read_shard(packed[1])
  if mismatch then return mismatch end

  answers, answered, row_length = { now }, 1, 0
  begin_records()
  place = 5 + count
  for i = 1, count do
    local key = 11 + i * 4
    local head = groups_by_text[ARGV[place]] or decode_group(ARGV[place])
    local before, first = answered, place + 1
    place = first
    group = { KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], KEYS[key + 4], ARGV[4 + i], false, false }
    local ok, err = pcall(apply_group, packed[i + 1], head[1])
    if not ok then
      for j = before + 1, answered do answers[j] = nil end
      answered = before
      if ARGV[first] == '1 sweep' then set_aside(ARGV[first + 1], group.name) end
      answer(1, '!', type(err) == 'table' and err.err or tostring(err))
    end
    place = first + head[2]
  end
  write_records()
  return answers
end
