-- A page of the open or the locked tasks, in an order of the server's own; one that is there all the while is met.
-- KEYS: the 15 of the shard. ARGV: clock, shards, shelf, cursor, how many. Returns: cursor, names …
local function walk()
  local page = call('ZSCAN', KEYS[SHELVES + tonumber(ARGV[3])], ARGV[4], 'COUNT', ARGV[5])
  local reply = { page[1] }
  for i = 1, #page[2], 2 do reply[#reply + 1] = name_of(page[2][i]) end
  return reply
end
