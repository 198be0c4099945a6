-- The calls on one task, in their order: its keys, its record, and the answers.
local answers, answered

-- For how many calls, a word, and up to four fields.
local function answer(count, word, first, second, third, fourth)
  local at = answered + 2
  answers[at - 1], answers[at] = count, word
  if first then
    at = at + 1
    answers[at] = first
    if second then
      at = at + 1
      answers[at] = second
      if third then
        answers[at + 1], answers[at + 2] = third, fourth
        at = at + (fourth and 2 or 1)
      end
    end
  end
  answered = at
end

-- `task` is false while the name is not known; `left` is a record whose time is over.
@record group: unit_key done_key result_key extra_key name task left
local group

local function attach(task)
  task.unit_key, task.done_key, task.result_key, task.extra_key
    = group.unit_key, group.done_key, group.result_key, group.extra_key
  return task
end

local function create(idle_timeout)
  if group.left then
    forget(group.left)
    group.left = false
  end
  local id = shard[INCARNATION] + 1
  changing_shard()[INCARNATION] = id
  local task = {
    group.name, false, group.unit_key, group.done_key, group.result_key, group.extra_key, false, false, false, '', OPEN,
    now + idle_timeout, 0, 0, NEVER, now, id, now, idle_timeout, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, NEVER, '', '',
  }
  group.task = task
  event(task, 'created')
  return task
end
