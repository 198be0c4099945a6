-- The calls on one task, in their order: its name, its record, and the answers. What a longer answer left goes at the end.
local answers, answered = {}, 0

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
@record group: name task left
local group = {}

local function create(idle_timeout)
  if group.left then
    forget(group.left)
    group.left = false
  end
  local id = shard[INCARNATION] + 1
  changing_shard()[INCARNATION] = id
  local task = {
    group.name, false, false, false, false, '', OPEN,
    now + idle_timeout, 0, 0, NEVER, now, id, now, idle_timeout, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, NEVER, '', '',
  }
  group.task = task
  event(task, 'created')
  return task
end
