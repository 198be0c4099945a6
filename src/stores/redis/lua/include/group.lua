-- The calls on one task, in their order: its keys, its record, and the answers.
local answers, answered
local function answer(text)
  answered = answered + 1
  answers[answered] = text
end

-- `group.task` is nil while the name is not known; `group.left` is a record whose time is over.
local group

local function attach(task)
  task.unit_key, task.done_key, task.result_key, task.extra_key = group[1], group[2], group[3], group[4]
  return task
end

local function create(idle_timeout)
  if group.left then
    forget(group.left)
    group.left = nil
  end
  local id = shard[INCARNATION] + 1
  shard[INCARNATION] = id
  local task = {
    group.name, false, group[1], group[2], group[3], group[4], false, false, false, '', id, OPEN, now + idle_timeout, now,
    idle_timeout, 0, 0, 0, 0, 0, 0, 1, now, 0, NEVER, 0, -1, 0, 0, 0, 0, 0, 0, 0, NEVER, '',
  }
  group.task = task
  event(task, 'created')
  return task
end
