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

-- The first names by their scores, at most `limit`: those of one score by name.
local function first_by_score(names_by_score, scores, limit)
  table.sort(scores)
  local first = {}
  for i = 1, #scores do
    local names = names_by_score[scores[i]]
    if type(names) == 'table' then
      table.sort(names)
      for k = 1, min(#names, limit - #first) do first[#first + 1] = names[k] end
    else
      first[#first + 1] = names
    end
    if #first >= limit then break end
  end
  return first
end

-- Mostly a score has one name.
local function add_by_score(names_by_score, scores, score, name)
  local others = names_by_score[score]
  if not others then
    scores[#scores + 1] = score
    names_by_score[score] = name
  elseif type(others) == 'table' then
    others[#others + 1] = name
  else
    names_by_score[score] = { others, name }
  end
end

-- Hands outstanding units to `visit`, until it says that it has enough, or about so many hundreds were looked at.
local function visit_outstanding(hundreds, visit)
  local cursor, pages = '0', 0
  repeat
    local page = call('HSCAN', unit_key, cursor, 'COUNT', 100)
    cursor, pages = page[1], pages + 1
    local entries = page[2]
    steps = steps + #entries
    for i = 1, #entries, 2 do
      if visit(entries[i], entries[i + 1]) then return end
    end
  until cursor == '0' or pages >= hundreds
end

-- Adds units whose locks ended with the task, until there are `limit` names.
local function add_ended_with_task(task, names, limit)
  if #names >= min(limit, task.failed + task.failed_final + task.expired) then return end
  visit_outstanding(10, function(name, value)
    local state, token = peek_unit(value)
    if state == UNIT_LOCKED and token <= task.floor then names[#names + 1] = name end
    return #names >= limit
  end)
end

-- Of a task of an older layout, which listed none: what is found of its units, by their ends to the millisecond.
local function ended_names_of_old(limit)
  local names_by_score, scores, seen = {}, {}, {}
  local listed = call('ZRANGE', ended_key, '0', format('%d', limit - 1), 'WITHSCORES')
  for i = 1, #listed, 2 do
    add_by_score(names_by_score, scores, tonumber(listed[i + 1]), listed[i])
    seen[listed[i]] = true
  end
  visit_outstanding(10, function(name, value)
    if peek_unit(value) ~= UNIT_LOCKED and not seen[name] and not call('ZSCORE', ended_key, name) then
      add_by_score(names_by_score, scores, decode_unit(value).ended_at * 2000, name)
    end
  end)
  return first_by_score(names_by_score, scores, limit)
end

-- Names of failed and expired units in the order in which they ended, at most so many.
local function ended_names(task, limit)
  if task.failed + task.failed_final + task.expired == 0 then return {} end
  if task.id <= shard[OLD_INCARNATION] then return ended_names_of_old(limit) end
  return call('ZRANGE', ended_key, '0', format('%d', limit - 1))
end
