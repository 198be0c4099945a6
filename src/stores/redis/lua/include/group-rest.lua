-- Takes a task and all that is its own out of the shard.
local function forget(task)
  call('ZREM', KEYS[SHELVES + task.was_shelf], member_of(task))
  call('HDEL', TASKS, task.name)
  call('HDEL', INFOS, task.name)
  call('HDEL', SHORTFALLS, task.name)
  call('UNLINK', task.unit_key, task.done_key, task.result_key, task.extra_key)
end

-- The task, unless it was removed by hand.
local function kept()
  local task = group.task
  return task and task.shelf ~= REMOVED and task
end

-- No token of that unit or claim counts (any more): where the task stands, and why if it was cancelled.
local function answer_ended(count, word, more)
  local task = group.task
  local reason = task and cancelled(task)
  local state = task and state_of(task) or 0
  if reason then
    answer(format('%d%s%s%d %s', count, word, more, state, reason))
  else
    answer(format('%d%s%s%d', count, word, more, state))
  end
end
