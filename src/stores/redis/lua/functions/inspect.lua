@seldom
local SAMPLE = 10

-- Units by deadline, token and name.
@record seen other furthest: deadline token name value
local function by_deadline(seen, other)
  if seen.deadline ~= other.deadline then return seen.deadline < other.deadline end
  if seen.token ~= other.token then return seen.token < other.token end
  return seen.name < other.name
end

-- Keeps a unit among the first by their deadlines.
local function keep_first(found, deadline, token, name, value)
  local furthest = found[SAMPLE]
  if furthest and furthest.deadline < deadline then return end
  local at, seen = min(#found + 1, SAMPLE), { deadline, token, name, value }
  if furthest and not by_deadline(seen, furthest) then return end
  while at > 1 and by_deadline(seen, found[at - 1]) do
    found[at] = found[at - 1]
    at = at - 1
  end
  found[at] = seen
end

-- Views of those units, behind the ones that are there.
local function add_views(task, found, views)
  for i = 1, min(#found, SAMPLE - #views) do
    local seen = found[i]
    local unit = decode_unit(seen.value)
    local err = unit.state == UNIT_FAILED and call('HGET', extra_key, 'u:' .. seen.name)
    views[#views + 1] = unit_view(task, seen.name, unit, err, false)
  end
end

-- The live locks that run out first; of many units a thousand are looked at.
local function live_units(task)
  local found, views = {}, {}
  if task.live == 0 then return views end
  visit_outstanding(10, function(name, value)
    local state, token, deadline = peek_unit(value)
    if state == UNIT_LOCKED and token > task.floor then keep_first(found, deadline, token, name, value) end
  end)
  add_views(task, found, views)
  return views
end

-- Failed, then expired ones, then those whose locks ended with the task, each by their deadlines; of many those that ended first
-- are looked at.
local LOOKED_AT = 100

local function troubled_units(task)
  local names, views = ended_names(task, LOOKED_AT), {}
  add_ended_with_task(task, names, LOOKED_AT)
  if #names == 0 then return views end
  local lists = { [UNIT_FAILED] = {}, [UNIT_EXPIRED] = {}, [UNIT_LOCKED] = {} }
  for i, value in ipairs(call('HMGET', unit_key, unpack(names))) do
    if value then
      local state, token, deadline = peek_unit(value)
      local list = lists[state]
      if list then keep_first(list, deadline, token, names[i], value) end
    end
  end
  for _, state in ipairs({ UNIT_FAILED, UNIT_EXPIRED, UNIT_LOCKED }) do add_views(task, lists[state], views) end
  return views
end

local function claim_view(fields)
  if not fields.claim_token then return false end
  return { fields.claim_token, fields.claim_worker, fields.claim_since, fields.lease_until, fields.timeout_at }
end

-- The last hundred, oldest first, and of large ones fewer: the store gives those that it may, and this is more.
local ERRORS_BYTES = 393216

local function attempt_errors(fields)
  local errors, first, bytes = {}, fields.runs + 1, 0
  while first > max(1, fields.runs - 99) and bytes <= ERRORS_BYTES do
    first = first - 1
    bytes = bytes + call('HSTRLEN', extra_key, format('a:%d', first))
  end
  for run = first, fields.runs do
    local packed = call('HGET', extra_key, format('a:%d', run))
    if packed then errors[#errors + 1] = cmsgpack.unpack(packed) end
  end
  steps = steps + bytes / STEP_BYTES
  return errors
end

local function detail(task)
  local fields = cold(task)
  local is_open, is_locked = task.shelf == OPEN, task.shelf == LOCKED
  local grace = is_locked and (task.expect >= 0 and met_from(task) or task.expect < 0 and task.failed + task.expired > 0 and grace_end(task))
  local lacks = task.shelf ~= COMPLETED and is_short(task)
  local list = task.expect_named == 1 and expected_list(task)
  local info, result = call('HGET', INFOS, task.name), call('HGET', extra_key, 'result')
  steps = steps + ((info and #info or 0) + (result and #result or 0)) / STEP_BYTES
  return {
    task_view(task), info, result, task.deadline_at > 0 and task.deadline_at,
    grace and grace > 0 and grace, is_open and task.live == 0 and idle_end(task), is_open and task.close_at > 0 and task.close_at,
    claim_view(fields), lacks and shortfall(task), unmet(task), live_units(task), troubled_units(task), attempt_errors(fields),
    fields.options or {}, list and list.names or task.expect,
  }
end

-- Everything about some tasks of one shard, each read in one step.
-- KEYS: the 15 of the shard, then for each task: outstanding units, done units, results, extras, ended units. ARGV: clock, shards, names …
-- Returns: now, then for each task: nothing, 1 when the call had done enough and left it and those behind it, a text that says why it cannot be read, or its view, info, result, deadline, grace end, idle end, close age, claim
-- (token, worker, since, lease end, time-out), shortfall, unmet, live units, troubled units, errors of attempts, options,
-- expected (count or names), is short.
local function inspect()
  local reply = { now }
  for i = 3, #ARGV do
    if steps >= MOST_STEPS then
      reply[i - 1] = 1
      break
    end
    local key = SHARD_KEYS + (i - 3) * 5
    local ok, view = pcall(function()
      local task = load(ARGV[i])
      if not task or is_gone(task) or task.shelf == REMOVED then return false end
      unit_key, done_key, result_key = KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
      extra_key, ended_key = KEYS[key + 4], KEYS[key + 5]
      return detail(task)
    end)
    reply[i - 1] = ok and view or not ok and (type(view) == 'table' and view.err or tostring(view)) or false
  end
  return reply
end
