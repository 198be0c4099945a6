@seldom
-- failUnit: token, error, final, unit. The unit failed; it can be locked again, unless for good, until the release.
-- Answers as unlock.
local function fail_unit(at)
  local token, err, final, name = tonumber(ARGV[at]), ARGV[at + 1], ARGV[at + 2] == '1', ARGV[at + 3]
  local task = kept()
  local value = task and call('HGET', unit_key, name)
  local unit = value and decode_unit(value)
  if unit and token == unit.token and unit.state == UNIT_FAILED then
    answer_progress(task, false)
    end_row()
  elseif unit and token == unit.token and is_pending(task, unit) then
    call('HSET', extra_key, 'u:' .. name, err)
    list_ended(name, false)
    -- A lock that ran out was counted then, and one that was let go is not.
    local is_last, free_from = false, now
    if unit_state(task, unit) == UNIT_LOCKED then is_last, free_from = count_try(task, name, unit) end
    local is_final_now = final or is_last
    local era = is_final_now and task.era or 0
    call('HSET', unit_key, name, encode_unit(unit, UNIT_FAILED, unit.renewed_at, unit.deadline, now, era))
    leave_lock(task, unit)
    if is_final_now then
      fail_for_good(task, name)
    else
      task.failed = task.failed + 1
      begin_grace(task, free_from)
    end
    local before = task.released_at
    settle(task)
    answer_progress(task, task.released_at ~= before)
    end_row()
  else
    answer_lost(1)
  end
  return at + 4
end
