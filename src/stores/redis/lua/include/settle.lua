-- The sweep looks at a task at its moment or earlier: a moment that moves on is not written before that look.
local function look_again(task, due)
  if due < task.due or task.due <= now then task.due = due end
end

-- Moves an open or closed task on when nothing holds it, and else notes when to look again.
local function settle(task)
  if task.shelf == LOCKED then return settle_closed(task) end
  if task.shelf ~= OPEN then return end
  local met_at = task.expect >= 0 and task.opened_at > 0 and met_from(task)
  if met_at and met_at <= now then return close_task(task, 'expect') end
  local due = task.live > 0 and task.lock_due or idle_end(task)
  if met_at then due = min(due, met_at) end
  look_again(task, task.close_at > 0 and min(due, task.close_at) or due)
end
