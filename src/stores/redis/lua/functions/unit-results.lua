@seldom
-- A page of the results of a task, to the holder of its claim, in an order of the server's own. A name may come twice.
-- KEYS: the 15 of the shard, then those of the task. ARGV: as readable_task, then the cursor and how many.
-- Returns: a word that says why not, or the next cursor, done units now, names (of a small hash all of them), the results of
-- the first of them, as many as were asked for and until the page is full of bytes, and their contexts, if one has any.
local function unit_results()
  local task = readable_task()
  if type(task) == 'string' then return task end
  local page = call('HSCAN', done_key, ARGV[6], 'COUNT', ARGV[7])
  local entries, names, contexts, carries = page[2], {}, {}, false
  for i = 1, #entries, 2 do names[#names + 1] = entries[i] end
  local has_results, count, bytes = call('HLEN', result_key) > 0, 0, 0
  local last = min(#names, tonumber(ARGV[7]))
  while count < last do
    local record = entries[2 * count + 2]
    local unit = #record ~= BARE_DONE and decode_done(record)
    local context = unit and unit.context
    bytes = bytes + (context and #context or 0) + (has_results and call('HSTRLEN', result_key, names[count + 1]) or 0)
    if bytes > PAGE_BYTES and count > 0 then break end
    count = count + 1
    contexts[count], carries = context, carries or context
  end
  local texts = {}
  if has_results and count > 0 then texts = call('HMGET', result_key, unpack(names, 1, count)) end
  for i = #texts + 1, count do texts[i] = false end
  return { page[1], task.done, names, texts, carries and contexts or {} }
end
