-- The units of these names that are there, until the page is full of bytes.
-- KEYS: the 15 of the shard, then those of the task. ARGV: as readable_task, then names …
-- Returns: a word that says why not, or how many names were looked at, then the views.
local function units()
  local task = readable_task()
  if type(task) == 'string' then return task end
  local FIRST = 6
  local count = #ARGV - FIRST + 1
  local values = call('HMGET', unit_key, unpack(ARGV, FIRST))
  local records = call('HMGET', done_key, unpack(ARGV, FIRST))
  local has_results = task.shelf ~= COMPLETED or option(task, WORKER) == 0
  local reply, bytes = { count }, 0
  for i = 1, count do
    local name = ARGV[FIRST + i - 1]
    local unit = values[i] and decode_unit(values[i]) or records[i] and decode_done(records[i])
    if unit then
      local is_done = unit.state == UNIT_DONE
      local size = is_done and has_results and call('HSTRLEN', result_key, name)
        or unit.state == UNIT_FAILED and call('HSTRLEN', extra_key, 'u:' .. name) or 0
      bytes = bytes + size
      if bytes > 1048576 and #reply > 1 then
        reply[1] = i - 1
        break
      end
      local result = is_done and size > 0 and call('HGET', result_key, name)
      local err = not is_done and size > 0 and call('HGET', extra_key, 'u:' .. name)
      reply[#reply + 1] = unit_view(task, name, unit, err, result)
    end
  end
  return reply
end
