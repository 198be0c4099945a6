@seldom
-- A live lock ends without its holder having said so. The caller settles the task.
local function expire_lock(task, name, unit)
  call('HSET', unit_key, name, encode_unit(unit, UNIT_EXPIRED, unit.renewed_at, unit.deadline, now, 0))
  leave_lock(task, unit)
  task.expired = task.expired + 1
  task.trouble_at = now
end
