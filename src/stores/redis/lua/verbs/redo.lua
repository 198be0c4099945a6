@seldom
-- redo: nonce, error, unit. What was done is to be done again: the unit has failed, not for good, and its result is dropped.
-- Answers: Y state outstanding done · N state unit (its state, -1 when it is not known) · T state · ? (not found)

-- Now, or once it is retried: then it returns to where it failed.
local function takes_units_again(task)
  return task.shelf <= LOCKED or task.shelf == FAILED and task.released_at == 0
end

local function redo_unit(task, name, record, err, nonce)
  local unit = decode_done(record)
  call('HLEN', result_key)
  list_ended(name, false)
  call('HSET', extra_key, 'u:' .. name, err)
  write_history(name, { task.era, 0, 0, nonce })
  call('HSET', unit_key, name, encode_unit(unit, UNIT_FAILED, unit.renewed_at, unit.deadline, now, 0))
  call('HDEL', done_key, name)
  call('HDEL', result_key, name)
  task.done = task.done - 1
  task.failed = task.failed + 1
  begin_grace(task, now)
  task.idle_from = now
  count_expected(task, name, 1)
  event(task, 'redone')
  settle(task)
end

local function redo(at)
  local nonce, err, name = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local task = kept()
  if not task then
    answer(1, '?')
    return at + 3
  end
  local history = history_of(name)
  local record = call('HGET', done_key, name)
  if history.redo == nonce then
    answer_standing('Y', task)
  elseif not takes_units_again(task) then
    answer(1, 'T', state_of(task))
  elseif record then
    redo_unit(task, name, record, err, nonce)
    answer_standing('Y', task)
  else
    local value = call('HGET', unit_key, name)
    answer(1, 'N', state_of(task), value and unit_state(task, decode_unit(value)) or -1)
  end
  return at + 3
end
