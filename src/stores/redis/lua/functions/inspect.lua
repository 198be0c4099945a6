@seldom
local SAMPLE = 10

local function by_deadline(a, b)
  local unit, other = a[1], b[1]
  if unit.deadline ~= other.deadline then return unit.deadline < other.deadline end
  if unit.token ~= other.token then return unit.token < other.token end
  return a[2] < b[2]
end

-- The live locks that run out first; of many units a part is looked at.
local function live_units(task)
  local found, views = {}, {}
  if task.live == 0 then return views end
  visit_outstanding(function(name, unit)
    if unit_state(task, unit) == UNIT_LOCKED then found[#found + 1] = { unit, name } end
  end)
  table.sort(found, by_deadline)
  for i = 1, min(#found, SAMPLE) do views[i] = unit_view(task, found[i][2], found[i][1], false, false) end
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
    local unit = value and decode_unit(value)
    local list = unit and lists[unit.state]
    if list then list[#list + 1] = { unit, names[i] } end
  end
  for _, state in ipairs({ UNIT_FAILED, UNIT_EXPIRED, UNIT_LOCKED }) do
    local list = lists[state]
    table.sort(list, by_deadline)
    for i = 1, min(#list, SAMPLE - #views) do
      local err = state == UNIT_FAILED and call('HGET', extra_key, 'u:' .. list[i][2])
      views[#views + 1] = unit_view(task, list[i][2], list[i][1], err, false)
    end
  end
  return views
end

local function claim_view(fields)
  if not fields.claim_token then return false end
  return { fields.claim_token, fields.claim_worker, fields.claim_since, fields.lease_until, fields.timeout_at }
end

local function attempt_errors(fields)
  local errors, names = {}, {}
  for run = max(1, fields.runs - 99), fields.runs do names[#names + 1] = format('a:%d', run) end
  if #names == 0 then return errors end
  for _, packed in ipairs(call('HMGET', extra_key, unpack(names))) do
    if packed then errors[#errors + 1] = cmsgpack.unpack(packed) end
  end
  return errors
end

local function detail(task)
  local fields = cold(task)
  local is_open, is_locked = task.shelf == OPEN, task.shelf == LOCKED
  local grace = is_locked and (task.expect >= 0 and met_from(task) or task.expect < 0 and task.failed + task.expired > 0 and grace_end(task))
  local lacks = task.shelf ~= COMPLETED and is_short(task)
  local names = task.expect_named == 1 and call('HGET', extra_key, 'expect')
  return {
    task_view(task), call('HGET', INFOS, task.name), call('HGET', extra_key, 'result'), task.deadline_at > 0 and task.deadline_at,
    grace and grace > 0 and grace, is_open and task.live == 0 and idle_end(task), is_open and task.close_at > 0 and task.close_at,
    claim_view(fields), lacks and shortfall(task), unmet(task), live_units(task), troubled_units(task), attempt_errors(fields),
    fields.options or {}, task.expect_named == 1 and (names and cmsgpack.unpack(names) or {}) or task.expect,
  }
end

-- Everything about some tasks of one shard, each read in one step.
-- KEYS: the 15 of the shard, then for each task: outstanding units, done units, results, extras, ended units. ARGV: clock, shards, names …
-- Returns: now, then for each task: nothing, a text that says why it cannot be read, or its view, info, result, deadline, grace end, idle end, close age, claim
-- (token, worker, since, lease end, time-out), shortfall, unmet, live units, troubled units, errors of attempts, options,
-- expected (count or names), is short.
local function inspect()
  local reply = { now }
  for i = 3, #ARGV do
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
