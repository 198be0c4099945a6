@seldom
-- sweep: incarnation, random, is surplus, how many locks it may end · Ends what is due of one task that `due` named.
-- Answers: W locks attempts tasks removed units-looked-at

-- One call ends at most so many locks of a task, and looks at about so many units.
local MOST_ENDED, MOST_LOOKED_AT = 100, 500
-- Between two looks through a large task, in ms.
local LOOK_PAUSE = 500

-- Overdue locks, a page of the outstanding units at a time. Returns how many ended, and how many were looked at.
local function expire_overdue(task, limit)
  if task.live == 0 or task.lock_due > now then return 0, 0 end
  limit = min(limit, MOST_ENDED)
  local goes_on = task.scan > 0
  local cursor, least = format('%d', task.scan), goes_on and task.scan_least or NEVER
  local ended, looked = 0, 0
  repeat
    local page = call('HSCAN', unit_key, cursor, 'COUNT', 100)
    local here = cursor
    cursor = page[1]
    local entries = page[2]
    steps = steps + #entries / 2
    for i = 1, #entries, 2 do
      local state, token, deadline = peek_unit(entries[i + 1])
      if state == UNIT_LOCKED and token > task.floor then
        if deadline > now then
          least = min(least, deadline)
        elseif ended >= limit then
          -- The page is looked at again.
          task.scan, task.scan_least = tonumber(here), least
          return ended, looked
        else
          expire_lock(task, entries[i], decode_unit(entries[i + 1]), true)
          ended = ended + 1
        end
      end
    end
    looked = looked + #entries / 2
  until cursor == '0' or looked >= MOST_LOOKED_AT
  if cursor ~= '0' then
    task.scan, task.scan_least = tonumber(cursor), least
  else
    task.scan = 0
    local pause = (goes_on or looked >= MOST_LOOKED_AT) and now + LOOK_PAUSE or 0
    task.lock_due = task.live > 0 and max(least, pause) or NEVER
  end
  return ended, looked
end

-- Overdue locks of a closed task, its grace and its deadline.
local function end_waits(task, limit)
  local ended, looked = expire_overdue(task, limit)
  if now >= task.deadline_at then
    ended = ended + task.live
    end_locks(task)
    end_waiting(task)
  else
    settle(task)
  end
  return ended, looked
end

-- Overdue locks of an open task, its idleness and its age.
local function end_idleness(task, limit)
  local ended, looked = expire_overdue(task, limit)
  local idle = task.live == 0 and idle_end(task) <= now
  if task.close_at > 0 and task.close_at <= now then
    close_task(task, 'age')
  elseif idle and task.close_when_idle > 0 and task.close_when_idle <= task.idle_timeout then
    close_task(task, 'idle')
  elseif idle then
    fail_task(task, 'never-closed')
  else
    settle(task)
  end
  return ended, looked
end

-- A lease or the time limit of an attempt has run out.
local function end_attempt(task, random)
  local fields = cold(task)
  if not fields.claim_token then return 0 end
  local timed_out = fields.timeout_at <= now
  if not timed_out and fields.lease_until > now then
    move(task, PROCESSING, fields.lease_until)
    return 0
  end
  local err = timed_out and '{"name":"TimeoutError","message":"the attempt took longer than its timeout"}'
    or '{"name":"LeaseLostError","message":"the lease ran out: the worker is gone"}'
  fail_attempt(task, err, 'overdue', true, nil, random)
  return 1
end

-- The units of a completed task go first, its record last.
local function clear(task)
  local fields = cold(task)
  if fields.cleared or record_end(task) <= now then return true end
  call('UNLINK', unit_key, done_key, result_key, ended_key)
  fields.cleared = true
  move(task, COMPLETED, record_end(task))
  return false
end

local function sweep(at)
  local id, random, surplus = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 2] == '1'
  local limit = tonumber(ARGV[at + 3])
  local task = group.task or group.left
  local locks, attempts, tasks, removed, looked = 0, 0, 0, 0, 0
  local was = task and task.shelf
  local due = was == FAILED and record_end(task) or task and task.due
  if not task or task.id ~= id or due > now and not surplus or is_spared(task) then
    was = nil
  elseif was == PROCESSING then
    attempts = end_attempt(task, random)
  elseif was == LOCKED then
    locks, looked = end_waits(task, limit)
    if task.shelf ~= LOCKED then tasks = 1 end
  elseif was == OPEN then
    locks, looked = end_idleness(task, limit)
    if task.shelf ~= OPEN then tasks = 1 end
  elseif was == DELAYED then
    enqueue(task, next_token())
    tasks = 1
  elseif surplus and was == COMPLETED and cold(task).ended_at + UNIT_RETENTION > now then
    was = nil
  elseif surplus or was == FAILED or was == REMOVED or was == COMPLETED and clear(task) then
    forget(task)
    group.task, group.left = false, false
    removed = 1
  end
  if was and group.left then save(group.left) end
  answer(1, 'W', locks, attempts, tasks, removed)
  more(looked)
  return at + 4
end
