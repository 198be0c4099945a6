@seldom
-- What is kept of the earlier locks of a unit that was redone, or whose task counts them; it stands among the extras of the task.
-- `tries` ended failed or expired in that era of the task, later ones begin anew; its backoff ends at `free_from`; `redo` is the
-- nonce of the last redo.
@record history: era tries free_from redo
local HISTORY_FORMAT = '>I4HI6'

local function history_of(name)
  local packed = call('HGET', extra_key, 'h:' .. name)
  if not packed then return { 0, 0, 0, '' } end
  local era, tries, free_from, at = struct.unpack(HISTORY_FORMAT, packed)
  return { era, tries, free_from, sub(packed, at) }
end

local function write_history(name, history)
  local packed = struct.pack(HISTORY_FORMAT, history.era, history.tries, history.free_from) .. history.redo
  call('HSET', extra_key, 'h:' .. name, packed)
end

-- What a unit has failed with whose last lock ran out.
local RAN_OUT = '{"name":"LockLostError","message":"the lock ran out: its holder is gone"}'
local MOST_TRIES, MOST_COUNTED = 65535, 100

-- The options of a task that limits how often, or how soon, its units are locked again.
local function unit_limits(task)
  local options = cold(task).options
  return options and options[UNIT_ATTEMPTS] and options
end

-- Spread by the token, so that all stores come to the same moment.
local function unit_delay(options, tries, token)
  local base, factor, longest, jitter = string.match(options[UNIT_BACKOFF], '^(%S+) (%S+) (%S+) (%S+)$')
  if not base then return 0 end
  local full = min(tonumber(longest), tonumber(base) * tonumber(factor) ^ (min(tries, MOST_COUNTED) - 1))
  return floor(full * (1 - tonumber(jitter) * (token % 1000 / 1000)) + 0.5)
end

-- One more lock of the unit ends failed or expired: whether it was the last one, and when the unit is free again.
local function count_try(task, name, unit)
  local options = unit_limits(task)
  if not options then return false, now end
  local history = history_of(name)
  if history.era ~= task.era then history.era, history.tries = task.era, 0 end
  history.tries = min(MOST_TRIES, history.tries + 1)
  local delay = unit_delay(options, history.tries, unit.token)
  history.free_from = delay > 0 and now + delay or 0
  write_history(name, history)
  local most = tonumber(options[UNIT_ATTEMPTS])
  return most and history.tries >= most, now + delay
end

-- Nobody waits for the unit any more.
local function fail_for_good(task, name)
  task.failed_final = task.failed_final + 1
  count_expected(task, name, -1)
end

-- A unit can be locked again from that moment on: its grace begins there.
local function begin_grace(task, free_from)
  task.trouble_at = max(task.trouble_at, free_from)
end

-- Why its attempts or its backoff keep a unit from being locked (failed, waits, late), when its backoff ends, and the unit as it is
-- then: an overdue lock ends here, and is counted.
local function kept_back(task, name, unit)
  local options = unit_limits(task)
  if not options then return false, 0, unit end
  if unit_state(task, unit) == UNIT_LOCKED then
    expire_lock(task, name, unit, false)
    unit = decode_unit(call('HGET', unit_key, name))
  end
  local history, most = history_of(name), tonumber(options[UNIT_ATTEMPTS])
  if history.era ~= task.era then return false, 0, unit end
  local spent = most and history.tries >= most and is_final(task, unit)
  if not spent and history.free_from <= now then return false, 0, unit end
  settle(task)
  return not takes_units(task) and 'late' or spent and 'failed' or 'waits', history.free_from, unit
end

-- What readers see of it.
local function tries_view(task, name, state)
  if state == UNIT_DONE or not unit_limits(task) then return 0, false end
  local history = history_of(name)
  if history.era ~= task.era then return 0, false end
  local waits = state ~= UNIT_LOCKED and history.free_from > 0
  return history.tries, waits and history.free_from
end
