@seldom
-- What readers see of a task and of a unit, as lists of plain values; `false` is null.
local function task_view(task)
  local fields = cold(task)
  local due = task.due
  -- Of a dead letter it says when it goes by itself.
  if task.shelf == FAILED then due = fields.ended_at + FAILED_RETENTION end
  return {
    task.name, task.id, state_of(task), task.created_at, fields.closed_at or false, fields.closed_by or false,
    task.released_at > 0 and task.released_at, fields.ended_at or false, task.shelf ~= RELEASED and due, task.live, task.done,
    task.failed + task.failed_final, task.expired, outstanding(task), fields.attempt, fields.failure or false,
    fields.reason or false, task.shelf == FAILED and acknowledged_at(task) or false,
  }
end

local function unit_view(task, name, unit, err, result)
  local state = unit_state(task, unit)
  local ended_at = unit.ended_at > 0 and unit.ended_at
  if state == UNIT_EXPIRED and not ended_at then
    ended_at = min(unit.deadline, task.released_at > 0 and task.released_at or cold(task).ended_at or unit.deadline)
  end
  local tries, backoff_until = tries_view(task, name, state)
  return {
    name, state, unit.token, holder_name(task, unit), unit.locked_at, unit.renewed_at, unit.deadline, ended_at,
    is_final(task, unit) and 1 or 0, err or false, result or false, unit.context or false, tries, backoff_until,
  }
end
