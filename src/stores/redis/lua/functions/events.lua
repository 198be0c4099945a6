-- Events of the shard after one of them. KEYS: the 15 of the shard. ARGV: clock, shards, sequence or nothing, how many.
-- Returns: the newest sequence, the oldest kept (0 for none), then sequence, text …
local function events()
  local reply = { shard[EVENT], 0 }
  local function sequence_of(entry)
    return tonumber(string.match(entry[1], '^%d+'))
  end
  if ARGV[3] ~= '' then
    local first = call('XRANGE', EVENTS, '-', '+', 'COUNT', 1)[1]
    if first then reply[2] = sequence_of(first) end
    local listed = call('XRANGE', EVENTS, '(' .. ARGV[3] .. '-0', '+', 'COUNT', ARGV[4])
    for i = 1, #listed do
      reply[#reply + 1] = sequence_of(listed[i])
      reply[#reply + 1] = listed[i][2][2]
    end
  end
  return reply
end
