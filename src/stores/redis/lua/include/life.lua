@seldom
-- The life of a task: the moves that several verbs share. Each leaves the task on the right shelf with the right due moment.

-- The names of an expect list, as a set.
local function expected(task)
  local names = task.expected
  if names then return names end
  names = {}
  local packed = call('HGET', extra_key, 'expect')
  if packed then
    for _, unit in ipairs(cmsgpack.unpack(packed)) do names[unit] = true end
  end
  task.expected = names
  return names
end

-- A unit came to done or failed for good (by -1), or came back from that (+1).
local function count_expected(task, unit, by)
  if task.expect_named == 1 and expected(task)[unit] then task.expect_left = task.expect_left + by end
end

-- Expected names that are neither done nor failed for good, and those that were never seen.
local function absentees(task)
  local names, left, absent = {}, 0, {}
  local packed = call('HGET', extra_key, 'expect')
  if packed then names = cmsgpack.unpack(packed) end
  if #names == 0 then return 0, absent end
  local values = call('HMGET', unit_key, unpack(names))
  local results = call('HMGET', done_key, unpack(names))
  for i = 1, #names do
    if not results[i] then
      local value = values[i]
      if not value then absent[#absent + 1] = names[i] end
      if not value or not is_final(task, decode_unit(value)) then left = left + 1 end
    end
  end
  return left, absent
end

local function recount_expected(task)
  if task.expect_named == 1 then task.expect_left = absentees(task) end
end

-- Ends every live lock in one step: units with a token up to the floor read as expired.
local function end_locks(task)
  task.floor = shard[TOKEN]
  if task.live == 0 then return end
  task.expired = task.expired + task.live
  task.live = 0
  task.lock_due = NEVER
  task.trouble_at, task.idle_from = now, now
end

-- What a task lacks: counts, and the first 100 names in the order failed, expired, missing.
local function shortfall(task)
  local failed, expired, ended = {}, {}, {}
  local cursor, looked = '0', 0
  if task.failed + task.failed_final + task.expired > 0 then
    repeat
      local page = call('HSCAN', unit_key, cursor, 'COUNT', 500)
      cursor = page[1]
      local entries = page[2]
      for i = 1, #entries, 2 do
        local unit = decode_unit(entries[i + 1])
        local names = unit.state == UNIT_FAILED and failed or unit.state == UNIT_EXPIRED and expired or ended
        if names ~= ended or unit.token <= task.floor then
          names[#names + 1] = { unit.deadline, unit.token, entries[i] }
        end
      end
      looked = looked + #entries / 2
    until cursor == '0' or looked >= 1000
  end
  local absent = {}
  if task.expect_named == 1 then absent = select(2, absentees(task)) end
  local names = {}
  local function take(units)
    table.sort(units, function(a, b)
      if a[1] ~= b[1] then return a[1] < b[1] end
      if a[2] ~= b[2] then return a[2] < b[2] end
      return a[3] < b[3]
    end)
    for i = 1, min(#units, 100 - #names) do names[#names + 1] = units[i][3] end
  end
  take(failed)
  take(expired)
  take(ended)
  for i = 1, min(#absent, 100 - #names) do names[#names + 1] = absent[i] end
  local missing = task.expect_named == 1 and #absent or max(0, unmet(task) - task.failed - task.expired)
  return { task.failed + task.failed_final, task.expired, missing, names }
end

local function complete_task(task, result)
  local fields = cold(task)
  fields.ended_at = now
  if fields.incomplete then call('HDEL', SHORTFALLS, task.name) end
  if result then call('HSET', extra_key, 'result', result) end
  changing_shard()[COUNT_COMPLETED] = shard[COUNT_COMPLETED] + 1
  if option(task, WORKER) == 1 then
    -- Names and outcomes of the units stay a while, their results go at once.
    call('UNLINK', result_key)
    fields.cleared = false
    move(task, COMPLETED, now + UNIT_RETENTION)
  else
    fields.cleared = true
    move(task, COMPLETED, now + option(task, RETENTION))
  end
  event(task, 'completed')
end

local function fail_task(task, failure, reason)
  end_locks(task)
  local fields = cold(task)
  fields.ended_at, fields.failure, fields.reason = now, failure, reason or false
  changing_shard()[COUNT_FAILED] = shard[COUNT_FAILED] + 1
  move(task, FAILED, now + FAILED_RETENTION)
  event(task, 'failed')
end

-- Into the worker queue; without a worker the release is the completion.
local function release_task(task)
  end_locks(task)
  task.released_at = now
  local fields = cold(task)
  if fields.incomplete then call('HSET', SHORTFALLS, task.name, pack(shortfall(task))) end
  if option(task, WORKER) == 0 then
    event(task, 'released')
    return complete_task(task, false)
  end
  enqueue(task, next_token())
end

-- Waiting is over: whole tasks are released, others as `incomplete` says.
local function end_waiting(task)
  end_locks(task)
  local fields = cold(task)
  fields.incomplete = task.failed + task.failed_final + task.expired + unmet(task) > 0
  if fields.incomplete and option(task, INCOMPLETE) == 0 then return fail_task(task, 'incomplete') end
  release_task(task)
end

-- The deadline counts from the first close or from the retry, which gives it a minimum.
local function set_deadline(task)
  local fields = cold(task)
  local deadline = option(task, DEADLINE) or (task.expect < 0 and DAY or HOUR)
  task.deadline_at = max(fields.waits_from + deadline, fields.grace_until)
end

-- No more units will start.
local function close_task(task, by)
  local fields = cold(task)
  fields.closed_at, fields.closed_by, fields.waits_from = now, by, now
  set_deadline(task)
  move(task, LOCKED, now)
  event(task, 'closed')
  settle(task)
end

local function settle_closed(task)
  local deadline = task.deadline_at
  if task.live > 0 then return look_again(task, min(task.lock_due, deadline)) end
  if unmet(task) > 0 then return move(task, LOCKED, deadline) end
  if task.failed + task.expired > 0 then
    local grace = grace_end(task)
    if grace > now then return move(task, LOCKED, min(grace, deadline)) end
  end
  end_waiting(task)
end

-- An attempt failed: the task returns after its backoff, or has failed when none is left.
local function fail_attempt(task, err, ended, again, delay, random)
  local fields = cold(task)
  local attempt = fields.attempt
  call('HSET', extra_key, format('a:%d', fields.runs),
    cmsgpack.pack({ attempt, now, fields.claim_worker or '', err }))
  call('HDEL', extra_key, format('a:%d', fields.runs - 100))
  if not delay then
    local full = min(option(task, LONGEST), option(task, BASE) * option(task, FACTOR) ^ (attempt - 1))
    delay = max(0, floor(full * (1 - option(task, JITTER) * random) + 0.5))
  end
  local at = now + delay
  local last = not again or attempt >= option(task, ATTEMPTS)
  end_claim(task, ended == 'failed' and not last and 'retrying' or ended, at)
  event(task, 'attempt-failed')
  if not again then return fail_task(task, 'fatal') end
  if last then return fail_task(task, 'attempts') end
  if delay == 0 then return enqueue(task, next_token()) end
  move(task, DELAYED, at)
end

-- Merges options that were named into those of the task.
local function name_options(task, at)
  local fields = cold(task)
  local options = { unpack(fields.options or {}) }
  for i = 1, OPTIONS do
    local named = ARGV[at + i - 1]
    if named ~= '' then options[i] = named elseif not options[i] then options[i] = '' end
  end
  fields.options = options
  at = at + OPTIONS
  local kind = ARGV[at]
  if kind == '' then return at + 1 end
  call('HDEL', extra_key, 'expect')
  task.expected = false
  task.expect, task.expect_named = -1, 0
  if kind == 'n' then
    task.expect = tonumber(ARGV[at + 1])
    return at + 2
  end
  if kind == 'l' then
    local count = tonumber(ARGV[at + 1])
    local names = {}
    for i = 1, count do names[i] = ARGV[at + 1 + i] end
    task.expect, task.expect_named = count, 1
    if count > 0 then call('HSET', extra_key, 'expect', pack(names)) end
    recount_expected(task)
    return at + 2 + count
  end
  return at + 1
end

local function skip_options(at)
  at = at + OPTIONS
  local kind = ARGV[at]
  if kind == 'n' then return at + 2 end
  if kind == 'l' then return at + 2 + tonumber(ARGV[at + 1]) end
  return at + 1
end
