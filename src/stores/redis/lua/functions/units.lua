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
  local has_results = (task.shelf ~= COMPLETED or option(task, WORKER) == 0) and call('HLEN', result_key) > 0
  local found, seen, bytes = {}, 0, 0
  while seen < count do
    local name, value, record = ARGV[FIRST + seen], values[seen + 1], records[seen + 1]
    local unit = value and decode_unit(value) or record and decode_done(record)
    if unit and unit.state == UNIT_DONE and has_results then
      bytes = bytes + call('HSTRLEN', result_key, name)
    elseif unit and unit.state == UNIT_FAILED then
      bytes = bytes + call('HSTRLEN', extra_key, 'u:' .. name)
    end
    if bytes > PAGE_BYTES and seen > 0 then break end
    seen = seen + 1
    found[seen] = unit
  end
  local results = has_results and call('HMGET', result_key, unpack(ARGV, FIRST, FIRST + seen - 1))
  local reply = { seen }
  for i = 1, seen do
    local name, unit = ARGV[FIRST + i - 1], found[i]
    if unit then
      local result = results and unit.state == UNIT_DONE and results[i]
      local err = unit.state == UNIT_FAILED and call('HGET', extra_key, 'u:' .. name)
      reply[#reply + 1] = unit_view(task, name, unit, err, result)
    end
  end
  return reply
end
