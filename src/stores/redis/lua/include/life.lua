@seldom
-- The life of a task: the moves that several verbs share. Each leaves the task on the right shelf with the right due moment.

-- Expect lists by their packed text: names in order, and as a set once somebody asks. A list comes again with each unit of its
-- task.
@record list: names set
local LISTS_BYTES = 1048576
local lists_by_text, lists_bytes = {}, 0

local function memorize_list(packed, list)
  if lists_by_text[packed] then return end
  lists_bytes = lists_bytes + #packed
  if lists_bytes > LISTS_BYTES then
    for known in pairs(lists_by_text) do lists_by_text[known] = nil end
    lists_bytes = #packed
  end
  lists_by_text[packed] = list
end

local function expected_list(task)
  local list = task.expected
  if list then return list end
  local packed = call('HGET', extra_key, 'expect') or ''
  list = lists_by_text[packed]
  if not list then
    list = { packed ~= '' and cmsgpack.unpack(packed) or {}, false }
    steps = steps + #list.names
    memorize_list(packed, list)
  end
  task.expected = list
  return list
end

-- A unit came to done or failed for good (by -1), or came back from that (+1).
local function count_expected(task, unit, by)
  if task.expect_named == 0 then return end
  local list = expected_list(task)
  if not list.set then
    local set = {}
    for _, name in ipairs(list.names) do set[name] = true end
    list.set = set
    steps = steps + #list.names
  end
  if list.set[unit] then task.expect_left = task.expect_left + by end
end

-- How many expected names are neither done nor failed for good.
local function count_unmet(task)
  local list = expected_list(task)
  local names, left = list.names, 0
  if task.live + task.done + task.failed + task.failed_final + task.expired == 0 or #names == 0 then return #names end
  steps = steps + #names
  local values = task.failed_final > 0 and call('HMGET', unit_key, unpack(names))
  local results = call('HMGET', done_key, unpack(names))
  for i = 1, #names do
    local is_met = results[i] or values and values[i] and is_final(task, decode_unit(values[i]))
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

-- What a list lacks: how many have failed and expired, and the first names of those in the order in which they ended; the missing
-- names; those whose locks ended with the task.
local function undone_names(task, limit)
  local list = expected_list(task)
  local names, absent, with_task, failed, expired = list.names, {}, {}, 0, 0
  if #names == 0 then return 0, 0, {}, absent, with_task end
  steps = steps + 2 * #names
  local values = call('HMGET', unit_key, unpack(names))
  local results = call('HMGET', done_key, unpack(names))
  local ends = call('ZMSCORE', ended_key, unpack(names))
  local names_by_score, scores = {}, {}
  for i = 1, #names do
    local value = values[i]
    if value then
      local state, token = peek_unit(value)
      if state ~= UNIT_LOCKED then
        if state == UNIT_FAILED then failed = failed + 1 else expired = expired + 1 end
        local score = tonumber(ends[i]) or decode_unit(value).ended_at * 2000
        add_by_score(names_by_score, scores, score, names[i])
      elseif token <= task.floor then
        with_task[#with_task + 1] = names[i]
      end
    elseif not results[i] then
      absent[#absent + 1] = names[i]
    end
  end
  return failed, expired, first_by_score(names_by_score, scores, limit), absent, with_task
end

-- Whether all of a list are done.
local function has_all_expected(task)
  local list = expected_list(task)
  if #list.names == 0 then return true end
  steps = steps + #list.names
  for _, record in ipairs(call('HMGET', done_key, unpack(list.names))) do
    if not record then return false end
  end
  return true
end

-- Whether units that are waited for are not done. With an expectation others make nothing incomplete.
local function is_short(task)
  if task.expect < 0 then return task.failed + task.failed_final + task.expired > 0 end
  if unmet(task) > 0 then return true end
  if task.expect_named == 0 or task.failed_final == 0 then return false end
  return not has_all_expected(task)
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
  local failed, expired, first, absent, with_task = undone_names(task, SHORTFALL_NAMES)
  for _, names in ipairs({ absent, with_task }) do
    for i = 1, min(#names, SHORTFALL_NAMES - #first) do first[#first + 1] = names[i] end
  end
  local total = failed + expired + #absent + #with_task
  return { failed, expired + #with_task, #absent, first, total }
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

local function merged_option(named, before)
  if sub(named, 1, 1) == '~' then named = before == '' and sub(named, 2) or '' end
  return named ~= '' and named or before
end

-- Merges the options of a call into those of the task. One that begins with ~ is the caller's default: it counts where
-- nothing was named before.
local function name_options(task, at)
  local fields = cold(task)
  local options = { unpack(fields.options or {}) }
  for i = 1, OPTIONS do
    local named, before = ARGV[at + i - 1], options[i] or ''
    options[i] = named == '' and before or merged_option(named, before)
  end
  fields.options = options
  at = at + OPTIONS
  local kind = ARGV[at]
  if kind == 'u' then
    for i = UNIT_ATTEMPTS, UNIT_BACKOFF do options[i] = merged_option(ARGV[at + i - OPTIONS], options[i] or '') end
    at = at + 3
    kind = ARGV[at]
  end
  local none = options[UNIT_ATTEMPTS] and LIMITED or NO_EXPECTATION
  if kind == '' then
    if task.expect < 0 then task.expect = none end
    return at + 1
  end
  call('HDEL', extra_key, 'expect')
  task.expected = false
  task.expect, task.expect_named = none, 0
  if kind == 'n' then
    task.expect = tonumber(ARGV[at + 1])
    return at + 2
  end
  if kind == 'l' then
    local count = tonumber(ARGV[at + 1])
    local names = {}
    for i = 1, count do names[i] = ARGV[at + 1 + i] end
    task.expect, task.expect_named = count, 1
    if count > 0 then
      steps = steps + 2 * count
      local packed = pack(names)
      call('HSET', extra_key, 'expect', packed)
      task.expected = { names, false }
      memorize_list(packed, task.expected)
    end
    recount_expected(task)
    return at + 2 + count
  end
  return at + 1
end

local function skip_options(at)
  at = at + OPTIONS
  if ARGV[at] == 'u' then at = at + 3 end
  local kind = ARGV[at]
  if kind == 'n' then return at + 2 end
  if kind == 'l' then return at + 2 + tonumber(ARGV[at + 1]) end
  return at + 1
end
