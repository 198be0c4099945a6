@seldom
-- What is asked of units more seldom.
local function decode_done(value)
  local token, locked_at, renewed_at, deadline, ended_at, holder, name, at = struct.unpack(DONE_FORMAT, value)
  local context = sub(value, at)
  return { UNIT_DONE, token, locked_at, renewed_at, deadline, 0, holder, '', ended_at, 0, name, context ~= '' and context }
end

local function is_final(task, unit)
  return unit.state == UNIT_FAILED and unit.final == task.era
end

-- A task names each holder once, in a packed list; from the 17th on units carry the name themselves, under 0.
local MAX_HOLDERS = 16

local function holder_name(task, unit)
  if unit.holder == 0 then return unit.holder_name end
  return cmsgpack.unpack(task.holders)[unit.holder]
end

local function add_holder(task, holder)
  local holders = task.holders == '' and {} or cmsgpack.unpack(task.holders)
  for i = 1, #holders do
    if holders[i] == holder then return i end
  end
  if #holders >= MAX_HOLDERS then return 0 end
  holders[#holders + 1] = holder
  task.holders = pack(holders)
  return #holders
end
