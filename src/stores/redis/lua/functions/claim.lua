-- Nothing is claimed: what the nonces got before is looked up, and those that got nothing never will (1). A claim behind a
-- pop (2) leaves no marker.
local CANCEL, POPPED = '1', '2'

-- The next of the queue, as members of its shelf, and the records of those; more stands there when the page was full.
@record page: members at packed is_full
local page

-- Reads the queue on from its head, which moves on as tasks are claimed, and with the first page the record of the shard.
local function read_queue(limit)
  local members = call('ZRANGE', KEYS[SHELVES + RELEASED], '0', format('%d', limit))
  local names = {}
  for i = 1, #members do names[i] = name_of(members[i]) end
  local packed = call('HMGET', TASKS, '', unpack(names))
  page = { members, 1, packed, #members > limit }
  return packed[1]
end

local function decode_readable(name, packed)
  local ok, task = pcall(decode_task, name, packed)
  return ok and task or nil
end

local function readable(name)
  local packed = call('HGET', TASKS, name)
  return packed and decode_readable(name, packed)
end

-- When the first delayed task is ready; nil when there is none.
local ripe_at

local function look_at_delayed()
  ripe_at = tonumber(call('ZRANGE', KEYS[SHELVES + DELAYED], '0', '0', 'WITHSCORES')[2])
end

-- Delayed tasks whose moment has come join the end of the queue, a bounded number at a time.
local RIPENED_AT_ONCE = '20'

local function ripen()
  if not ripe_at or ripe_at > now then return end
  local ripe = call('ZRANGEBYSCORE', KEYS[SHELVES + DELAYED], '-inf', format('%d', now), 'LIMIT', '0', RIPENED_AT_ONCE)
  for i = 1, #ripe do
    local task = readable(name_of(ripe[i]))
    if task and member_of(task) == ripe[i] then
      steps = steps + RECORD_STEPS
      enqueue(task, next_token())
      save(task)
      write_records()
    else
      call('ZREM', KEYS[SHELVES + DELAYED], ripe[i])
    end
  end
  page.is_full = true
  look_at_delayed()
end

-- A record that cannot be read is taken out of the queue, so that the others go on; calls that name it are refused.
local function first_ready(limit)
  local at = page.at
  local member = page.members[at]
  if not member then
    if not page.is_full then return nil end
    read_queue(limit)
    return first_ready(limit)
  end
  page.at = at + 1
  local packed = page.packed[at + 1]
  local task = packed and decode_readable(name_of(member), packed)
  if task and task.shelf == RELEASED and member_of(task) == member then return task end
  call('ZREM', KEYS[SHELVES + RELEASED], member)
  return first_ready(limit)
end

local function next_task(limit, nonce, lease, worker)
  local task = first_ready(limit)
  if not task then
    ripen()
    task = first_ready(limit)
  end
  if not task then return nil end
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

-- The task that an earlier call with this nonce got, or none when that claim has ended: a repeat claims no other. Whether
-- the nonce is still known: three minutes after the end it is a new one.
local function claimed_before(name, nonce)
  local task = name ~= '' and readable(name)
  if task and task.shelf == PROCESSING and cold(task).claim_nonce == nonce then return task, true end
  local forgotten_at = tonumber(call('ZSCORE', ENDED_CLAIMS, nonce))
  local is_known = not forgotten_at or forgotten_at > now
  if not is_known then
    call('ZREM', ENDED_CLAIMS, nonce)
    call('HDEL', CLAIMS, nonce)
  end
  return nil, is_known
end

local function forget_ended_claims(limit)
  local nonces = call('ZRANGEBYSCORE', ENDED_CLAIMS, '-inf', format('%d', now), 'LIMIT', '0', format('%d', limit))
  if #nonces == 0 then return end
  call('HDEL', CLAIMS, unpack(nonces))
  call('ZREM', ENDED_CLAIMS, unpack(nonces))
end

local function claimed_row(task)
  local fields = cold(task)
  local info = call('HGET', INFOS, task.name)
  local short = fields.incomplete and call('HGET', SHORTFALLS, task.name)
  local row = {
    task.name, task.id, task.created_at, fields.claim_token, fields.attempt, option(task, ATTEMPTS), info, fields.lease_until,
    fields.timeout_at, fields.closed_at or task.created_at, task.released_at > 0 and task.released_at or now, task.done,
    short and cmsgpack.unpack(short) or false, fields.context or false,
  }
  return row, (info and #info or 0) + (short and #short or 0)
end

-- What a claim takes; and what stands for the first call that this one did not come to.
local CLAIM_STEPS, LATER = 60, 1

-- Gives each caller the task that has waited longest, until it has done enough or the page is full of bytes. On the keys of the
-- shard only.
-- KEYS: the 15 of the shard. ARGV: clock, shards, claim (0), cancel (1) or claim behind a pop (2), number of calls, their
-- nonces; then for each run of like calls: how many, lease, worker.
-- Returns: now, tasks in the queue, when the first delayed one is ready (or nothing), then for each call: nothing, 1 when it did
-- not come to this one and those behind it, or
-- name, incarnation, created, token, attempt, attempts, info, lease deadline, time-out, closed, released, done, shortfall, context.
local function claim()
  local how, count = ARGV[3], tonumber(ARGV[4])
  local mismatch = read_shard(read_queue(how == CANCEL and 0 or count), tonumber(ARGV[2]))
  if mismatch then return mismatch end
  rest_changed, recorded = true, 0
  look_at_delayed()

  local reply, bytes, claimed, has_ripened = { now, 0, false }, 0, 0, false
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
    if steps >= MOST_STEPS or bytes >= PAGE_BYTES then
      reply[3 + i] = LATER
      break
    end
    local nonce = ARGV[4 + i]
    local name, task, is_known = names_by_nonce[nonce] or names[i], nil, false
    if name then task, is_known = claimed_before(name, nonce) end
    if not is_known then
      if how == CANCEL then
        -- A nonce without a task: a claim by it that comes later gets none.
        call('HSET', CLAIMS, nonce, '')
        call('ZADD', ENDED_CLAIMS, format('%d', now + 180000), nonce)
      else
        -- Not for a repeat, which takes nothing from the queue.
        if not has_ripened then ripen() end
        has_ripened = true
        task = next_task(count, nonce, lease, worker)
        claimed = claimed + (task and 1 or 0)
      end
    end
    reply[3 + i] = false
    if task then
      steps = steps + CLAIM_STEPS
      names_by_nonce[nonce] = task.name
      local row, size = claimed_row(task)
      reply[3 + i], bytes = row, bytes + size
    end
  end

  -- Not at each small claim, for someone waits for it; but more is forgotten than was claimed.
  if claimed == 0 or claimed > 8 or now_us % 16 == 0 then forget_ended_claims(max(200, 2 * claimed)) end
  local waiting = page.is_full and call('ZCARD', KEYS[SHELVES + RELEASED]) or #page.members - page.at + 1
  if waiting > 0 then call('ZADD', MARKER, '0', 'm') elseif how ~= POPPED then call('ZREM', MARKER, 'm') end
  reply[2], reply[3] = waiting, ripe_at or false
  return reply
end
