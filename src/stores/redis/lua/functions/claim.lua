-- Only claims that were made already are looked up.
local only_look

local function readable(name)
  local ok, task = pcall(load, name)
  return ok and task or nil
end

-- A record that cannot be read is taken out of the queue, so that the others go on; calls that name it are refused.
local function first_ready()
  local member = call('ZRANGE', KEYS[SHELVES + RELEASED], '0', '0')[1]
  if not member then return nil end
  local task = readable(name_of(member))
  if task and task.shelf == RELEASED and member_of(task) == member then return task end
  call('ZREM', KEYS[SHELVES + RELEASED], member)
  return first_ready()
end

-- What this call has found: no task is ready but those that were seen; no delayed task is ripe.
local nothing_ready, nothing_ripe

-- Delayed tasks whose moment has come join the queue, a bounded number at a time.
local function ripen()
  if nothing_ripe then return end
  local ripe = call('ZRANGEBYSCORE', KEYS[SHELVES + DELAYED], '-inf', now, 'LIMIT', '0', '100')
  for i = 1, #ripe do
    local task = readable(name_of(ripe[i]))
    if task and member_of(task) == ripe[i] then
      enqueue(task, next_token())
      save(task)
      write_records()
    else
      call('ZREM', KEYS[SHELVES + DELAYED], ripe[i])
    end
  end
  nothing_ripe = #ripe < 100
end

local function next_task(nonce, lease, worker)
  if nothing_ready then return nil end
  ripen()
  local task = first_ready()
  if not task then
    nothing_ready = nothing_ripe
    return nil
  end
  local fields = cold(task)
  fields.attempt = fields.attempt + 1
  fields.runs = fields.runs + 1
  fields.timeout_at = now + option(task, TIMEOUT)
  fields.lease_until = min(now + lease, fields.timeout_at)
  fields.claim_token, fields.claim_nonce, fields.claim_worker, fields.claim_since = next_token(), nonce, worker, now
  move(task, PROCESSING, fields.lease_until)
  call('HSET', CLAIMS, nonce, task.name)
  event(task, 'claimed')
  save(task)
  write_records()
  return task
end

-- For a repeated call the task it got, or none when that claim has ended: a repeat claims no other.
local function task_for(name, nonce, lease, worker)
  if not name then return not only_look and next_task(nonce, lease, worker) end
  local task = readable(name)
  return task and task.shelf == PROCESSING and cold(task).claim_nonce == nonce and task
end

local function forget_ended_claims()
  local nonces = call('ZRANGEBYSCORE', ENDED_CLAIMS, '-inf', now, 'LIMIT', '0', '200')
  if #nonces == 0 then return end
  call('HDEL', CLAIMS, unpack(nonces))
  call('ZREM', ENDED_CLAIMS, unpack(nonces))
end

-- Gives each caller the task that has waited longest, until the batch is full of bytes. On the keys of the shard only.
-- KEYS: the 15 of the shard. ARGV: clock, shards, only look up (1) or claim (0), number of calls, their nonces; then for each
-- run of like calls: how many, lease, worker.
-- Returns: now, tasks in the queue, when the first delayed one is ready (or nothing), then for each call: nothing, or
-- name, incarnation, created, token, attempt, attempts, info, lease deadline, time-out, closed, released, done, shortfall, context.
local function claim()
  rest_changed = true
  only_look, nothing_ready, nothing_ripe = ARGV[3] == '1', false, false
  begin_records()
  forget_ended_claims()

  local reply, bytes = { now, 0, false }, 0
  local count = tonumber(ARGV[4])
  local names = count > 0 and call('HMGET', CLAIMS, unpack(ARGV, 5, 4 + count))
  -- Of several calls with one nonce those after the first repeat it.
  local names_by_nonce = {}
  local run, left, lease, worker = 5 + count, 0, nil, nil
  for i = 1, count do
    if left == 0 then
      left, lease, worker = tonumber(ARGV[run]), tonumber(ARGV[run + 1]), ARGV[run + 2]
      run = run + 3
    end
    left = left - 1
    local nonce = ARGV[4 + i]
    local task = bytes < 1048576 and task_for(names[i] or names_by_nonce[nonce], nonce, lease, worker)
    if task then
      names_by_nonce[nonce] = task.name
      local fields = cold(task)
      local info = call('HGET', INFOS, task.name)
      bytes = bytes + (info and #info or 0)
      local short = fields.incomplete and call('HGET', SHORTFALLS, task.name)
      reply[3 + i] = {
        task.name, task.id, task.created_at, fields.claim_token, fields.attempt, option(task, ATTEMPTS), info, fields.lease_until,
        fields.timeout_at, fields.closed_at or task.created_at, task.released_at > 0 and task.released_at or now, task.done,
        short and cmsgpack.unpack(short) or false, fields.context or false,
      }
    else
      reply[3 + i] = false
    end
  end

  local waiting = call('ZCARD', KEYS[SHELVES + RELEASED])
  if waiting > 0 then call('ZADD', MARKER, '0', 'm') else call('ZREM', MARKER, 'm') end
  reply[2] = waiting
  local delayed = call('ZRANGE', KEYS[SHELVES + DELAYED], '0', '0', 'WITHSCORES')
  if delayed[2] then reply[3] = tonumber(delayed[2]) end
  return reply
end
