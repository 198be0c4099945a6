-- A page of one shelf, by due moment, then incarnation.
-- KEYS: the 15 of the shard. ARGV: clock, shards, shelf, how many, then the last one of the page before: score, incarnation, name.
-- Returns: views, each with its score before it.
local function tasks()
  local shelf, limit = KEYS[SHELVES + tonumber(ARGV[3])], tonumber(ARGV[4])
  local from = 0
  if ARGV[5] then
    local score, id = ARGV[5], tonumber(ARGV[6])
    local last = struct.pack('>I6', id) .. ARGV[7]
    local rank = call('ZRANK', shelf, last)
    if rank and tonumber(call('ZSCORE', shelf, last)) == tonumber(score) then
      from = rank + 1
    else
      -- It moved on meanwhile: after those of lower score, and of the same score and lower incarnation.
      from = call('ZCOUNT', shelf, '-inf', '(' .. score)
      local low, high = from, call('ZCOUNT', shelf, '-inf', score)
      while low < high do
        local middle = floor((low + high) / 2)
        if call('ZRANGE', shelf, middle, middle)[1] <= last then low = middle + 1 else high = middle end
      end
      from = low
    end
  end
  local members = call('ZRANGE', shelf, from, from + limit - 1, 'WITHSCORES')
  local reply = {}
  for i = 1, #members, 2 do
    local ok, task = pcall(load, name_of(members[i]))
    reply[#reply + 1] = members[i + 1]
    reply[#reply + 1] = struct.unpack('>I6', members[i])
    reply[#reply + 1] = name_of(members[i])
    reply[#reply + 1] = ok and task and task_view(task) or false
  end
  return reply
end
