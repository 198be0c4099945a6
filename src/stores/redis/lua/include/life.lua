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

-- How many expected names are neither done nor failed for good.
local function count_unmet(task)
  local packed = call('HGET', extra_key, 'expect')
  local names = packed and cmsgpack.unpack(packed) or {}
  if #names == 0 then return 0 end
  local left = 0
  local values = call('HMGET', unit_key, unpack(names))
  local results = call('HMGET', done_key, unpack(names))
  for i = 1, #names do
    local is_met = results[i] or values[i] and is_final(task, decode_unit(values[i]))
    if not is_met then left = left + 1 end
  end
  return left
end

-- From when on an expectation is met; nothing while more has to come. A count is met by units that are done; failures for
-- good stand in for the others when no lock was held for the grace: one of them may not have been meant at all.
local function met_from(task)
  local left = unmet(task)
  if left == 0 then return 0 end
  if task.expect_named == 1 or left > task.failed_final or task.live > 0 then return nil end
  local fields = cold(task)
  return max(max(task.idle_from, fields.closed_at or 0) + option(task, UNIT_GRACE), fields.grace_until)
end

-- Of a list the units that are not done: those that failed or expired in the order in which they ended, the missing ones, those
-- whose locks ended with the task; how many have failed.
local function undone_names(task)
  local ended, absent, with_task, failed = {}, {}, {}, 0
  local packed = call('HGET', extra_key, 'expect')
  local names = packed and cmsgpack.unpack(packed) or {}
  if #names == 0 then return ended, absent, with_task, failed end
  local values = call('HMGET', unit_key, unpack(names))
  local results = call('HMGET', done_key, unpack(names))
  for i = 1, #names do
    local unit = values[i] and decode_unit(values[i])
    if unit and unit.state ~= UNIT_LOCKED then
      local score = tonumber(call('ZSCORE', ended_key, names[i])) or unit.ended_at * 2000
      ended[#ended + 1] = { score = score, name = names[i] }
      if unit.state == UNIT_FAILED then failed = failed + 1 end
    elseif unit and unit.token <= task.floor then
      with_task[#with_task + 1] = names[i]
    elseif not unit and not results[i] then
      absent[#absent + 1] = names[i]
    end
  end
  sort_by_end(ended)
  return ended, absent, with_task, failed
end

-- Whether all of a list are done.
local function has_all_expected()
  local packed = call('HGET', extra_key, 'expect')
  local names = packed and cmsgpack.unpack(packed) or {}
  if #names == 0 then return true end
  for _, record in ipairs(call('HMGET', done_key, unpack(names))) do
    if not record then return false end
  end
  return true
end

-- Whether units that are waited for are not done. With an expectation others make nothing incomplete.
local function is_short(task)
  if task.expect < 0 then return task.failed + task.failed_final + task.expired > 0 end
  if unmet(task) > 0 then return true end
  if task.expect_named == 0 or task.failed_final == 0 then return false end
  return not has_all_expected()
end

local function recount_expected(task)
  if task.expect_named == 1 then task.expect_left = count_unmet(task) end
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

-- What a task lacks: counts, the first 100 names (failed and expired units in the order in which they ended, missing ones, those
-- whose locks ended with the task), and how many units are not done.
local SHORTFALL_NAMES = 100

local function shortfall(task)
  if task.expect_named == 0 then
    local first = ended_names(task, SHORTFALL_NAMES)
    add_ended_with_task(task, first, SHORTFALL_NAMES)
    local failed, missing = task.failed + task.failed_final, unmet(task)
    return { failed, task.expired, missing, first, task.expect < 0 and failed + task.expired or missing }
  end
  local first, absent, with_task, failed = undone_names(task)
  local ended = #first
  for _, names in ipairs({ absent, with_task }) do
    for i = 1, #names do first[#first + 1] = names[i] end
  end
  local total = #first
  for i = total, SHORTFALL_NAMES + 1, -1 do first[i] = nil end
  return { failed, ended - failed + #with_task, #absent, first, total }
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
  fields.incomplete = is_short(task)
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
  local ends_at = 0
  if task.expect >= 0 then
    ends_at = met_from(task)
    if not ends_at then return move(task, LOCKED, deadline) end
  elseif task.failed + task.expired > 0 then
    ends_at = grace_end(task)
  end
  if ends_at > now then return move(task, LOCKED, min(ends_at, deadline)) end
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
