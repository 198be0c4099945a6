-- One unit of an unlock, the unit's name being at `at`, its result `results` places on.
local function unlock_one(task, at, value, token, results, context)
  local unit = value and decode_unit(value)
  if unit and (not token or token == unit.token) and is_pending(task, unit) then
    if leave_lock(task, unit) == UNIT_EXPIRED then unlist_ended(ARGV[at]) end
    write_done(task, at, at, encode_done(unit, context), results)
    if task.expect_named == 1 then count_expected(task, ARGV[at], -1) end
    local before = task.released_at
    settle(task)
    return answer_progress(task, task.released_at ~= before)
  end
  end_row()
  local record = not value and call('HGET', done_key, ARGV[at])
  if record and (not token or token == struct.unpack(DONE_FORMAT, record)) then
    answer_progress(task, false)
  else
    answer_lost(1)
  end
end
