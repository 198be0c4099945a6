-- A unit's record. Outstanding ones (locked, failed, expired) and done ones are kept in two hashes of the task. Units that
-- were granted in one run have one and the same value. A record that was read is not to be changed: such units share it.
@record unit other decode_unit(): state token locked_at renewed_at deadline hold_until holder nonce ended_at final holder_name context
local UNIT_LOCKED, UNIT_DONE, UNIT_FAILED, UNIT_EXPIRED = 0, 1, 2, 3
-- A lock that was never renewed, of a holder whom the task names: less is written.
local UNIT_FRESH = 4
local FRESH_FORMAT = '>BI7I6I6I6BHc0'
local UNIT_FORMAT = '>BI7I6I6I6I6BHc0I6HHc0'
local DONE_FORMAT = '>I7I6I6I6I6BHc0'
-- As long is the record of a done unit that has neither a holder's name nor a context behind it.
local BARE_DONE = 34

local units_by_value = {}

local function decode_unit(value)
  local unit = units_by_value[value]
  if unit then return unit end
  if string.byte(value) == UNIT_FRESH then
    local _, token, locked_at, deadline, hold_until, holder, nonce = struct.unpack(FRESH_FORMAT, value)
    unit = { UNIT_LOCKED, token, locked_at, locked_at, deadline, hold_until, holder, nonce, 0, 0, '', false }
  else
    unit = { struct.unpack(UNIT_FORMAT, value) }
    unit.context = false
  end
  return memorize(units_by_value, value, unit)
end

-- What a look at many needs: state, token, deadline, when it was renewed.
local function peek_unit(value)
  if string.byte(value) == UNIT_FRESH then
    local _, token, locked_at, deadline = struct.unpack('>BI7I6I6', value)
    return UNIT_LOCKED, token, deadline, locked_at
  end
  local state, token, _, renewed_at, deadline = struct.unpack('>BI7I6I6I6', value)
  return state, token, deadline, renewed_at
end

-- One that cannot be read ends the calls before anything is written.
local function decode_all(values, first, last)
  for i = first, last do
    if values[i] then decode_unit(values[i]) end
  end
end

-- The value of units whose lock begins now.
local function encode_lock(token, deadline, hold_until, holder, nonce, name)
  local value = holder > 0
      and struct.pack(FRESH_FORMAT, UNIT_FRESH, token, now, deadline, hold_until, holder, #nonce, nonce)
    or struct.pack(UNIT_FORMAT, UNIT_LOCKED, token, now, now, deadline, hold_until, 0, #nonce, nonce, 0, 0,
      #name, name)
  memorize(units_by_value, value,
    { UNIT_LOCKED, token, now, now, deadline, hold_until, holder, nonce, 0, 0, holder > 0 and '' or name, false })
  return value
end

-- The value of a unit with some of its fields anew.
local function encode_unit(unit, state, renewed_at, deadline, ended_at, final)
  return struct.pack(UNIT_FORMAT, state, unit.token, unit.locked_at, renewed_at, deadline, unit.hold_until,
    unit.holder, #unit.nonce, unit.nonce, ended_at, final, #unit.holder_name, unit.holder_name)
end

local function encode_done(unit, context)
  return struct.pack(DONE_FORMAT, unit.token, unit.locked_at, unit.renewed_at, unit.deadline, now,
    unit.holder, #unit.holder_name, unit.holder_name) .. context
end

-- The state as everybody sees it: a lock that the task's floor ended reads as expired.
local function unit_state(task, unit)
  if unit.state == UNIT_LOCKED and unit.token <= task.floor then return UNIT_EXPIRED end
  return unit.state
end
