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

local function leave_lock(task, unit)
  if unit_state(task, unit) == UNIT_LOCKED then
    task.live = task.live - 1
    task.idle_from = now
    if task.live == 0 then task.lock_due = NEVER end
  else
    task.expired = task.expired - 1
  end
end

-- Writes what became done: results first, so that a key that cannot be written changes nothing.
local function write_done(task, first, last, done, stored)
  local moved = last - first + 1
  if #stored > 0 then call('HSET', task.result_key, unpack(stored)) end
  call('HSET', task.done_key, unpack(done))
  call('HDEL', task.unit_key, unpack(ARGV, first, last))
  task.done = task.done + moved
  if task.done >= 64 and task.done - moved < 64 then spread(task.done_key) end
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
  local record = encode_done(decode_unit(value), '')
  local done, stored = {}, {}
  for i = 1, count do
    local name = ARGV[first + i - 1]
    done[i * 2 - 1], done[i * 2] = name, record
    if results then stored[i * 2 - 1], stored[i * 2] = name, ARGV[results + i] end
  end
  answer(count, 'D', 0, task.shelf, outstanding(task) - 1, task.done + 1)
  write_done(task, first, first + count - 1, done, stored)
  task.live = task.live - count
  if task.live == 0 then task.lock_due = NEVER end
  task.idle_from = now
end

local function unlock(at, count, beside)
  local token, first, last = tonumber(ARGV[at]), at + 1, at + count
  local after, results, contexts = last, false, false
  if beside ~= '' then
    if beside ~= 'c' then results, after = after, after + count end
    if beside ~= 'r' then contexts, after = after, after + count end
  end

  local task = group.task
  if not task or task.shelf == REMOVED then
    answer_lost(count)
    return after + 1
  end
  local values = call('HMGET', task.unit_key, unpack(ARGV, first, last))
  if task.done == 0 then call('HLEN', task.done_key) end
  if results then call('HLEN', task.result_key) end

  local plain = contexts and 0 or plain_units(task, values, token)
  if plain > 0 then unlock_plain(task, first, plain, values[1], results) end
  if plain == count then
    settle(task)
    return after + 1
  end
  rest_changed = true
  for i = plain + 1, count do
    unlock_one(task, first + i - 1, values[i], token, results and ARGV[results + i], contexts and ARGV[contexts + i] or '')
  end
  end_row()
  return after + 1
end
