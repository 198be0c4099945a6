@seldom
-- A live lock ends without its holder having said so, by itself or with others of a sweep, or it was let go. The caller settles the task.
local function expire_lock(task, name, unit, is_swept, is_let_go)
  steps = steps + END_STEPS
  list_ended(name, is_swept)
  local is_last, free_from = false, now
  if not is_let_go then is_last, free_from = count_try(task, name, unit) end
  local state, era = is_last and UNIT_FAILED or UNIT_EXPIRED, is_last and task.era or 0
  call('HSET', unit_key, name, encode_unit(unit, state, unit.renewed_at, unit.deadline, now, era))
  leave_lock(task, unit)
  if is_last then
    call('HSET', extra_key, 'u:' .. name, RAN_OUT)
    fail_for_good(task, name)
  else
    task.expired = task.expired + 1
    begin_grace(task, free_from)
  end
end
