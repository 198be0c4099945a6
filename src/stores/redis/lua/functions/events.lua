-- Events of the shard after one of them. KEYS: the 15 of the shard. ARGV: clock, shards, sequence or nothing, how many.
-- Returns: the newest sequence, 1 when the event to read on from is gone, then sequence, text …
local function events()
  local reply = { shard[EVENT], 0 }
  if ARGV[3] == '' then return reply end
  local after = tonumber(ARGV[3])
  local listed = call('XRANGE', EVENTS, ARGV[3] .. '-0', '+', 'COUNT', ARGV[4] + 1)
  local skipped = 0
  for i = 1, #listed do
    local sequence = tonumber(string.match(listed[i][1], '^%d+'))
    if sequence == after then
      skipped = 1
    elseif i - skipped <= tonumber(ARGV[4]) then
      reply[#reply + 1] = sequence
      reply[#reply + 1] = listed[i][2][2]
    end
  end
  -- Trimmed, or lost: the server was flushed, or went back to an older state.
  if skipped == 0 and after ~= 0 and after ~= shard[EVENT] then reply[2] = 1 end
  return reply
end
