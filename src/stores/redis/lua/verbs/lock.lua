-- lock: nonce, idle time-out, ttl, longest hold, holder, refresh, count, units …
-- Gives each unit to the caller if nobody holds it, it is not done, and the task still takes units. The units of a run
-- are distinct; all that are granted share a token.
-- Answers: L token deadline hold-until · H deadline holder · K 0 or K 1 and the result · T state · F

-- Most tasks have one holder, and the tasks of one batch the same.
local one_holder, one_packed

local function holder_code(task, holder)
  if holder ~= one_holder then one_holder, one_packed = holder, pack({ holder }) end
  if task.holders == '' then task.holders = one_packed end
  return task.holders == one_packed and 1 or add_holder(task, holder)
end

local function takes_units(task)
  return task.shelf == OPEN or task.shelf == LOCKED and now < task.deadline_at
end

-- No lock lives past its longest hold or past the task's deadline.
local function lock_deadline(task, hold_until, ttl)
  local deadline = min(now + ttl, hold_until)
  return task.deadline_at > 0 and min(deadline, task.deadline_at) or deadline
end

local function note_deadline(task, deadline)
  if deadline < task.lock_due then task.lock_due = deadline end
  if task.scan > 0 then task.scan_least = min(task.scan_least, deadline) end
end

local function granted(count, token, deadline, hold_until)
  if count > 0 then answer(format('%dL%d %d %d', count, token, deadline, hold_until)) end
end

-- A lock as the arguments from `at` on ask for it: its token, deadline, longest hold and value. The task may be new.
local function new_lock(at)
  local task = group.task or create(tonumber(ARGV[at + 1]))
  local nonce, holder = ARGV[at], ARGV[at + 4]
  local token, hold_until = next_token(), now + tonumber(ARGV[at + 3])
  local deadline = lock_deadline(task, hold_until, tonumber(ARGV[at + 2]))
  local code = holder_code(task, holder)
  if code ~= 0 then holder = '' end
  note_deadline(task, deadline)
  return token, deadline, hold_until, struct.pack(UNIT_FORMAT, UNIT_LOCKED, token, now, now, deadline, hold_until, code,
    #nonce, nonce, 0, 0, #holder, holder)
end

-- Whether nobody has ever held any of the units.
local function all_new(values, results, count)
  for i = 1, count do
    if values[i] or results and results[i] then return false end
  end
  return true
end

local function lock(at)
  local count, first = tonumber(ARGV[at + 6]), at + 7
  local last = first + count - 1
  local task = group.task
  local values = call('HMGET', group[1], unpack(ARGV, first, last))
  local results = task and task.done > 0 and call('HMGET', group[2], unpack(ARGV, first, last))
  local takes = not task or takes_units(task) and task.live + task.done < 999000
  if not takes or not all_new(values, results, count) then
    lock_one_by_one(at, values, results)
    return last + 1
  end

  local token, deadline, hold_until, value = new_lock(at)
  task = group.task
  local fields = {}
  for i = 1, count do fields[i * 2 - 1], fields[i * 2] = ARGV[first + i - 1], value end
  call('HSET', task.unit_key, unpack(fields))
  task.live = task.live + count
  if task.live > 128 and task.live - count <= 128 then spread(task.unit_key) end
  settle(task)
  granted(count, token, deadline, hold_until)
  return last + 1
end
