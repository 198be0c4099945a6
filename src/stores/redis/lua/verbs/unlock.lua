-- unlock: token or nothing, units …, results …, contexts …
-- The units are done. While the task takes units a unit's last token decides: also after its lock has run out.
-- Answers: D released state outstanding done (of the first; each next one has one less outstanding, one more done)
-- · X as answer_lost

-- Like answers in a row become one.
local row_length, row_state, row_left, row_done = 0, 0, 0, 0

local function end_row()
  if row_length > 0 then answer(row_length, 'D', 0, row_state, row_left, row_done) end
  row_length = 0
end

local function answer_progress(task, released)
  local state, left, done = state_of(task), outstanding(task), task.done
  if released then
    end_row()
    answer(1, 'D', 1, state, left, done)
  elseif row_length > 0 and state == row_state and left == row_left - row_length and done == row_done + row_length then
    row_length = row_length + 1
  else
    end_row()
    row_length, row_state, row_left, row_done = 1, state, left, done
  end
end

-- A lock that ran out may still be settled by its holder while the task takes units.
local function is_pending(task, unit)
  return task.shelf <= LOCKED and unit.state ~= UNIT_FAILED
end

-- Returns what the unit was until now.
local function leave_lock(task, unit)
  local state = unit_state(task, unit)
  if state == UNIT_LOCKED then
    task.live = task.live - 1
    task.idle_from = now
    if task.live == 0 then task.lock_due = NEVER end
  else
    task.expired = task.expired - 1
  end
  return state
end

-- Writes that the units of these places are done, as `record` says; their results stand `results` places on. Results are
-- written first, so that a key that cannot be written changes nothing.
local function write_done(task, first, last, record, results)
  local moved = last - first + 1
  if results then
    local stored, at = {}, 0
    for i = first, last do
      stored[at + 1], stored[at + 2] = ARGV[i], ARGV[i + results]
      at = at + 2
    end
    call('HSET', result_key, unpack(stored, 1, at))
  end
  if moved == 1 then
    call('HSET', done_key, ARGV[first], record)
    call('HDEL', unit_key, ARGV[first])
  else
    call('HSET', done_key, unpack(pairs_at_hand, 1, pair_all(first, last, record)))
    call('HDEL', unit_key, unpack(ARGV, first, last))
  end
  task.done = task.done + moved
  if task.done >= 64 and task.done - moved < 64 then
    spread(done_key)
    if results then spread(result_key) end
  end
end

-- How many units from the first on are live locks of one value that end without more ado: the last one of a closed task does
-- not, nor does one that is expected.
local function plain_units(task, values, token)
  local value = values[1]
  local unit = value and task.shelf <= LOCKED and task.expect < 0 and decode_unit(value)
  if not unit or token and token ~= unit.token or unit_state(task, unit) ~= UNIT_LOCKED then return 0 end
  local count = task.shelf == OPEN and #values or min(#values, task.live - 1)
  for i = 2, count do
    if values[i] ~= value then return i - 1 end
  end
  return count
end

local function unlock_plain(task, first, count, value, results)
  local at = answered
  answers[at + 1], answers[at + 2], answers[at + 3], answers[at + 4], answers[at + 5], answers[at + 6]
    = count, 'D', 0, task.shelf, outstanding(task) - 1, task.done + 1
  answered = at + 6
  write_done(task, first, first + count - 1, encode_done(decode_unit(value), ''), results)
  task.live = task.live - count
  if task.live == 0 then task.lock_due = NEVER end
  task.idle_from = now
end

local function unlock(at, count, beside)
  local token, first, last = tonumber(ARGV[at]), at + 1, at + count
  -- How many places behind its unit a result stands, and a context.
  local results = (beside == 'r' or beside == 'rc') and count
  local contexts = (beside == 'c' or beside == 'rc') and count + (results or 0)
  local after = last + (contexts or results or 0)

  local task = group.task
  if not task or task.shelf == REMOVED then
    answer_lost(count)
    return after + 1
  end
  local values = call('HMGET', unit_key, unpack(ARGV, first, last))
  if task.done == 0 then call('HLEN', done_key) end
  if results then call('HLEN', result_key) end

  local plain = contexts and 0 or plain_units(task, values, token)
  if plain < count then decode_all(values, plain + 1, count) end
  if plain > 0 then unlock_plain(task, first, plain, values[1], results) end
  if plain == count then
    settle(task)
    return after + 1
  end
  rest_changed = true
  for i = first + plain, last do
    unlock_one(task, i, values[i - at], token, results, contexts and ARGV[i + contexts] or '')
  end
  end_row()
  return after + 1
end
