@seldom
local SAMPLE = 10

local function by_deadline(a, b)
  local unit, other = a[1], b[1]
  if unit.deadline ~= other.deadline then return unit.deadline < other.deadline end
  if unit.token ~= other.token then return unit.token < other.token end
  return a[2] < b[2]
end

-- Of more than 1000 outstanding units a part is looked at.
local function units_of(task)
  local live, failed, expired, ended = {}, {}, {}, {}
  if task.live + task.failed + task.failed_final + task.expired == 0 then return live, failed end
  local cursor, looked = '0', 0
  repeat
    local page = call('HSCAN', unit_key, cursor, 'COUNT', 500)
    cursor = page[1]
    local entries = page[2]
    for i = 1, #entries, 2 do
      local unit = decode_unit(entries[i + 1])
      local list = unit.state == UNIT_FAILED and failed or unit.state == UNIT_EXPIRED and expired
        or unit.token > task.floor and live or ended
      list[#list + 1] = { unit, entries[i] }
    end
    looked = looked + #entries / 2
  until cursor == '0' or looked >= 1000
  local function first(list, into)
    table.sort(list, by_deadline)
    for i = 1, min(#list, SAMPLE - #into) do
      local unit, name = list[i][1], list[i][2]
      local err = unit.state == UNIT_FAILED and call('HGET', extra_key, 'u:' .. name)
      into[#into + 1] = unit_view(task, name, unit, err, false)
    end
    return into
  end
  return first(live, {}), first(ended, first(expired, first(failed, {})))
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
  local live, troubled = units_of(task)
  local names = task.expect_named == 1 and call('HGET', extra_key, 'expect')
  return {
    task_view(task), call('HGET', INFOS, task.name), call('HGET', extra_key, 'result'), task.deadline_at > 0 and task.deadline_at,
    grace and grace > 0 and grace, is_open and task.live == 0 and idle_end(task), is_open and task.close_at > 0 and task.close_at,
    claim_view(fields), lacks and shortfall(task), unmet(task), live, troubled, attempt_errors(fields),
    fields.options or {}, task.expect_named == 1 and (names and cmsgpack.unpack(names) or {}) or task.expect,
  }
end

-- Everything about some tasks of one shard, each read in one step.
-- KEYS: the 15 of the shard, then for each task: outstanding units, done units, results, extras. ARGV: clock, shards, names …
-- Returns: now, then for each task: nothing, a text that says why it cannot be read, or its view, info, result, deadline, grace end, idle end, close age, claim
-- (token, worker, since, lease end, time-out), shortfall, unmet, live units, troubled units, errors of attempts, options,
-- expected (count or names), is short.
local function inspect()
  local reply = { now }
  for i = 3, #ARGV do
    local key = SHARD_KEYS + (i - 3) * 4
    local ok, view = pcall(function()
      local task = load(ARGV[i])
      if not task or is_gone(task) or task.shelf == REMOVED then return false end
      unit_key, done_key, result_key, extra_key = KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], KEYS[key + 4]
      return detail(task)
    end)
    reply[i - 1] = ok and view or not ok and (type(view) == 'table' and view.err or tostring(view)) or false
  end
  return reply
end
