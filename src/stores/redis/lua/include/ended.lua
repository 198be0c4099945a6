@seldom
-- Failed and expired units of a task by their ends: a sorted set that is written only when a unit fails, expires or comes
-- back from that. Locks that ended all at once with the task (the floor) are not in it.

-- An even score for a unit that ended alone, an odd one for all that a sweep ends at this moment: those follow by their names.
-- Scores follow the clock in µs.
local function list_ended(name, is_swept)
  local last = tonumber(call('ZRANGE', ended_key, '-1', '-1', 'WITHSCORES')[2]) or 0
  local parity = is_swept and 1 or 0
  local score = last
  if not is_swept or last % 2 == 0 or last < now * 2000 then
    score = max(last + 1, now * 2000)
    if score % 2 ~= parity then score = score + 1 end
  end
  call('ZADD', ended_key, format('%d', score), name)
end

local function unlist_ended(name)
  call('ZREM', ended_key, name)
end

-- Sorts units by their ends, and leaves their names.
local function sort_by_end(units)
  table.sort(units, function(a, b)
    if a.score ~= b.score then return a.score < b.score end
    return a.name < b.name
  end)
  for i, item in ipairs(units) do units[i] = item.name end
end

-- Hands outstanding units to `visit`, until it says that it has enough, or about a thousand were looked at.
local function visit_outstanding(visit)
  local cursor, pages = '0', 0
  repeat
    local page = call('HSCAN', unit_key, cursor, 'COUNT', 100)
    cursor, pages = page[1], pages + 1
    local entries = page[2]
    for i = 1, #entries, 2 do
      if visit(entries[i], decode_unit(entries[i + 1])) then return end
    end
  until cursor == '0' or pages >= 10
end

-- Adds units whose locks ended with the task, until there are `limit` names.
local function add_ended_with_task(task, names, limit)
  if #names >= min(limit, task.failed + task.failed_final + task.expired) then return end
  visit_outstanding(function(name, unit)
    if unit.state == UNIT_LOCKED and unit.token <= task.floor then names[#names + 1] = name end
    return #names >= limit
  end)
end

-- Of a task of an older layout, which listed none: what is found of its units, by their ends to the millisecond.
local function ended_names_of_old(limit)
  local found, seen = {}, {}
  local listed = call('ZRANGE', ended_key, '0', format('%d', limit - 1), 'WITHSCORES')
  for i = 1, #listed, 2 do
    found[#found + 1] = { score = tonumber(listed[i + 1]), name = listed[i] }
    seen[listed[i]] = true
  end
  visit_outstanding(function(name, unit)
    if unit.state ~= UNIT_LOCKED and not seen[name] and not call('ZSCORE', ended_key, name) then
      found[#found + 1] = { score = unit.ended_at * 2000, name = name }
    end
  end)
  sort_by_end(found)
  for i = #found, limit + 1, -1 do found[i] = nil end
  return found
end

-- Names of failed and expired units in the order in which they ended, at most so many.
local function ended_names(task, limit)
  if task.failed + task.failed_final + task.expired == 0 then return {} end
  if task.id <= shard[OLD_INCARNATION] then return ended_names_of_old(limit) end
  return call('ZRANGE', ended_key, '0', format('%d', limit - 1))
end
