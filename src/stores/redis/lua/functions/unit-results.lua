-- A page of the results of a task, to the holder of its claim, in an order of the server's own. A name may come twice.
-- KEYS: the 15 of the shard, then those of the task. ARGV: as readable_task, then the cursor and how many.
-- Returns: a word that says why not, or the next cursor, done units now, names, the results of the first of them until the page
-- is full of bytes, and the contexts of those.
local function unit_results()
  local task = readable_task()
  if type(task) == 'string' then return task end
  local page = call('HSCAN', done_key, ARGV[6], 'COUNT', ARGV[7])
  local entries, names, contexts = page[2], {}, {}
  for i = 1, #entries, 2 do names[#names + 1] = entries[i] end
  local has_results, count, bytes = call('HLEN', result_key) > 0, 0, 0
  while count < #names do
    bytes = bytes + (has_results and call('HSTRLEN', result_key, names[count + 1]) or 0)
    if bytes > 1048576 and count > 0 then break end
    count = count + 1
    local record = entries[2 * count]
    local unit = #record > BARE_DONE and decode_done(record)
    if unit and unit.context then contexts[#contexts + 1] = unit.context end
  end
  local texts = {}
  if has_results and count > 0 then texts = call('HMGET', result_key, unpack(names, 1, count)) end
  for i = #texts + 1, count do texts[i] = false end
  return { page[1], task.done, names, texts, contexts }
end
