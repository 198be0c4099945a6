-- Counts, each in one step. KEYS: the 15 of the shard. ARGV: clock, shards.
-- Returns: open, locked, released, delayed, processing, completed, failed (kept now), then completed, failed (ever), then how
-- many of the failed ones are not acknowledged.
local function stats()
  local reply = {}
  for shelf = OPEN, FAILED do reply[shelf] = call('ZCARD', KEYS[SHELVES + shelf]) end
  reply[8], reply[9] = shard[COUNT_COMPLETED], shard[COUNT_FAILED]
  reply[10] = call('ZCOUNT', KEYS[SHELVES + FAILED], '-inf', format('(%d', ACKNOWLEDGED))
  return reply
end
