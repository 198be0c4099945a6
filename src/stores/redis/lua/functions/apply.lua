-- Where in the arguments the next run stands.
local place

-- Whether locks and unlocks of the task touch the few keys only: no unit is expected, no lock of one is counted, none has failed or expired, and no end
-- that is written elsewhere is near.
local function keeps_to_few_keys(task)
  return task.expect == NO_EXPECTATION and task.failed + task.failed_final + task.expired == 0
    and (task.shelf ~= LOCKED or option(task, WORKER) == 1)
end

local function apply_runs(packed, runs, has_all)
  local task = packed and decode_task(group.name, packed)
  if task and task.shelf >= COMPLETED and is_gone(task) then
    group.task, group.left = false, task
  else
    group.task, group.left = task, false
  end
  if not has_all and (group.left or task and not keeps_to_few_keys(task)) then return answer(1, '*') end
  rest_changed = false
  for i = 2, #runs do
    local run = runs[i]
    if run.steps then
      steps = steps + (rest_changed and 0 or RECORD_STEPS) + run.steps * run.count
      rest_changed = true
    end
    place = run.verb(place, run.count, run.beside)
  end
  if group.task then save(group.task) end
end

-- A record that cannot be read is taken off its shelf, so that sweeps go on; calls that name it are refused.
local function set_aside(id, name)
  local member = struct.pack('>I6', tonumber(id)) .. name
  for shelf = OPEN, REMOVED do call('ZREM', KEYS[SHELVES + shelf], member) end
end

-- Applies calls on tasks of one shard: each call is one step and answers alone.
-- KEYS: the 15 of the shard, then for each task: outstanding units, done units, results, extras, ended units; or the first six and the first
-- three, for calls that only lock and unlock.
-- ARGV: clock, the plan, the names of the tasks, the arguments of the runs; last the nonce of locks, if there are any.
-- The plan has a line for the whole (number of shards, 1 if all keys are there) and one for each task: how many arguments its
-- runs take, and behind tabs the runs: number of calls, verb, and what stands beside it.
-- Returns: now, then for each task its answers; an answer is the number of calls it is for, a word and its fields. A task that
-- needs all keys answers 1, `*`, before anything of it was written; one whose record cannot be read 1, `!` and what the matter is;
-- one that the call did not come to, because it had done enough, 1, `+`: nothing was done for it.
local function apply()
  local plan = plans_by_text[ARGV[2]] or decode_plan(ARGV[2])
  local count, has_all = plan.count, plan.has_all
  lock_nonce = ARGV[#ARGV]
  local packed = call('HMGET', TASKS, '', unpack(ARGV, 3, 2 + count))
  local mismatch = read_shard(packed[1], plan.shards)
  if mismatch then return mismatch end

  answers[1], answered, row_length, recorded = now, 1, 0, 0
  place = 3 + count
  local key, width = has_all and SHARD_KEYS or FEW_SHARD_KEYS, has_all and 5 or 3
  for i = 1, count do
    local runs, before, first = plan.tasks[i], answered, place
    unit_key, done_key, result_key = KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
    extra_key, ended_key = has_all and KEYS[key + 4], has_all and KEYS[key + 5]
    key = key + width
    group.name = ARGV[2 + i]
    local ok, err = pcall(apply_runs, packed[i + 1], runs, has_all)
    if not ok then
      answered, row_length, lock_nonce = before, 0, ARGV[#ARGV]
      if runs[2][1] == sweep then set_aside(ARGV[first], group.name) end
      answer(1, '!', type(err) == 'table' and err.err or tostring(err))
    end
    place = first + runs[1]
    if steps >= MOST_STEPS and i < count then
      for _ = i + 1, count do answer(1, '+') end
      break
    end
  end
  write_records()
  for i = answered + 1, #answers do answers[i] = nil end
  return answers
end
