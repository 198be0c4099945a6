@seldom
-- extendLock: token, ttl, units …
-- A new deadline for a live lock, also for an overdue one that nothing has ended yet.
-- Answers: E deadline · X as answer_lost
local function extend_lock(at, count)
  local token, ttl, first = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), at + 2
  local task = kept()
  for i = first, first + count - 1 do
    local value = task and call('HGET', unit_key, ARGV[i])
    local unit = value and decode_unit(value)
    local deadline = unit and lock_deadline(task, unit.hold_until, ttl)
    if unit and unit.token == token and unit_state(task, unit) == UNIT_LOCKED and deadline > now then
      call('HSET', unit_key, ARGV[i], encode_unit(unit, UNIT_LOCKED, now, deadline, 0, 0))
      note_deadline(task, deadline)
      settle(task)
      answer(1, 'E', deadline)
    else
      answer_lost(1)
    end
  end
  return first + count
end
