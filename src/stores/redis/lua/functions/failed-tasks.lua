-- The dead letters that a consumer may take now. On their shelf those that are not acknowledged come first, by the moment at which they
-- may be given, FAILED_RETENTION later: for one that was never given that is when it goes, where nobody consumes dead letters.
-- Behind them stand the acknowledged ones.
-- KEYS: the 15 of the shard. ARGV: clock, shards, how many.
-- Returns: now, when there is another one (or nothing), names …
local function failed_tasks()
  watch()
  local shelf, limit, ready = KEYS[SHELVES + FAILED], min(tonumber(ARGV[3]), MOST_LISTED), format('%d', now + FAILED_RETENTION)
  local next = call('ZRANGEBYSCORE', shelf, '(' .. ready, format('(%d', ACKNOWLEDGED), 'WITHSCORES', 'LIMIT', '0', '1')
  local reply = { now, next[2] and tonumber(next[2]) - FAILED_RETENTION or false }
  for _, member in ipairs(call('ZRANGEBYSCORE', shelf, '-inf', ready, 'LIMIT', '0', format('%d', limit))) do
    -- A record that cannot be read is taken off its shelf, so that the others come; calls that name it are refused.
    local ok, task = pcall(load, name_of(member))
    if ok and task and member_of(task) == member then
      reply[#reply + 1] = task.name
    else
      call('ZREM', shelf, member)
    end
  end
  if not shard_text then call('HSET', TASKS, '', pack_shard()) end
  return reply
end
