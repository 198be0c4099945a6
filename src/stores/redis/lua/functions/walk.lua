@seldom
-- A page of the open and of the locked tasks, in the order of their incarnations; one that is there all the while is met.
-- KEYS: the 15 of the shard. ARGV: clock, shards, cursor of the open ones, of the locked ones (`-` at the end), how many.
-- Returns: both cursors, names …
local function walk()
  local reply, members = {}, {}
  for shelf = OPEN, LOCKED do
    local cursor = ARGV[2 + shelf]
    if cursor ~= '-' then
      local page = call('ZSCAN', KEYS[SHELVES + shelf], cursor, 'COUNT', ARGV[5])
      cursor = page[1] ~= '0' and page[1] or '-'
      for i = 1, #page[2], 2 do members[#members + 1] = page[2][i] end
    end
    reply[shelf] = cursor
  end
  table.sort(members)
  for i = 1, #members do reply[LOCKED + i] = name_of(members[i]) end
  return reply
end
