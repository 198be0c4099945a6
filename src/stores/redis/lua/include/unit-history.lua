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
