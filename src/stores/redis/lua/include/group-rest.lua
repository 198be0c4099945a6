-- Takes a task and all that is its own out of the shard.
local function forget(task)
  call('ZREM', KEYS[SHELVES + task.was_shelf], member_of(task))
  call('HDEL', TASKS, task.name)
  call('HDEL', INFOS, task.name)
  call('HDEL', SHORTFALLS, task.name)
  call('UNLINK', unit_key, done_key, result_key, extra_key, ended_key)
end

-- The task, unless it was removed by hand.
local function kept()
  local task = group.task
  return task and task.shelf ~= REMOVED and task
end

-- One more field of the last answer.
local function more(field)
  answered = answered + 1
  answers[answered] = field
end

-- Where the task stands (0 when it is not known), whether it was cancelled, and if so, why.
local function answer_why()
  local task = group.task
  local reason = task and cancelled(task)
  more(task and state_of(task) or 0)
  more(reason and 1 or 0)
  if reason then more(reason) end
end

-- No token of that unit counts (any more). Answers: X, then as answer_why.
local function answer_lost(count)
  answer(count, 'X')
  answer_why()
end
