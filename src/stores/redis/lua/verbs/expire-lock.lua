@seldom
-- A live lock ends without its holder having said so, by itself or with others of a sweep. The caller settles the task.
local function expire_lock(task, name, unit, is_swept)
  steps = steps + END_STEPS
  list_ended(name, is_swept)
  call('HSET', unit_key, name, encode_unit(unit, UNIT_EXPIRED, unit.renewed_at, unit.deadline, now, 0))
  leave_lock(task, unit)
  task.expired = task.expired + 1
  task.trouble_at = now
end
