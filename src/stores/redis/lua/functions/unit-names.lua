@seldom
-- A page of the names of a task's units, in an order of the server's own. A name may come twice.
-- KEYS: the 15 of the shard, then those of the task. ARGV: as readable_task, then the part (o: outstanding, d: done), the
-- cursor within it, how many, and the state wanted (0-3, or nothing for all).
-- Returns: a word that says why not, or incarnation, cursor, names …
local function unit_names()
  local task = readable_task()
  if type(task) == 'string' then return task end
  local part, cursor, count, wanted = ARGV[6], ARGV[7], ARGV[8], tonumber(ARGV[9])
  local page = call('HSCAN', part == 'o' and unit_key or done_key, cursor, 'COUNT', count)
  local reply, entries = { task.id, page[1] }, page[2]
  for i = 1, #entries, 2 do
    if part == 'd' or not wanted or unit_state(task, decode_unit(entries[i + 1])) == wanted then
      reply[#reply + 1] = entries[i]
    end
  end
  return reply
end
