@seldom
-- letGo: token, unit. The lock ends as if it had run out now: its holder stops, and others may have the unit at once.
-- Answers as unlock.
local function let_go(at)
  local token, name = tonumber(ARGV[at]), ARGV[at + 1]
  local task = kept()
  local value = task and call('HGET', unit_key, name)
  local unit = value and decode_unit(value)
  local state = unit and token == unit.token and unit_state(task, unit)
  if state == UNIT_LOCKED then
    expire_lock(task, name, unit, false, true)
    local before = task.released_at
    settle(task)
    answer_progress(task, task.released_at ~= before)
    end_row()
  elseif state == UNIT_EXPIRED then
    answer_progress(task, false)
    end_row()
  else
    answer_lost(1)
  end
  return at + 2
end
