-- lock: units … · lockBy: nonce, then the same. Their options stand in the plan.
-- Gives each unit to the caller if nobody holds it, it is not done, and the task still takes units. The units of a run
-- are distinct; all that are granted share a token.
-- Answers: L token deadline hold-until · H deadline holder (nobody: the end of a backoff) · S 0 or S 1 and the error (failed for good) · K 0 or K 1 and the result · T state unit (its state, -1 when it is not known) · F

@record asked: idle_timeout ttl max_hold refresh holder holders

-- Options of locks: idle time-out, ttl, longest hold, 1 to refresh, holder.
local function decode_asked(text)
  local idle_timeout, ttl, max_hold, refresh, holder = string.match(text, '^(%d+) (%d+) (%d+) ([01]) (.*)$')
  holder = string.gsub(holder, '%%(%x%x)', function(code) return string.char(tonumber(code, 16)) end)
  return { tonumber(idle_timeout), tonumber(ttl), tonumber(max_hold), refresh == '1', holder, pack({ holder }) }
end

-- Most tasks have one holder, and the tasks of one batch the same.
local function holder_code(task, asked)
  if task.holders == '' then task.holders = asked.holders end
  return task.holders == asked.holders and 1 or add_holder(task, asked.holder)
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
  if task.scan > 0 then
    rest_changed = true
    task.scan_least = min(task.scan_least, deadline)
  end
end

local function granted(count, token, deadline, hold_until)
  local at = answered
  answers[at + 1], answers[at + 2], answers[at + 3], answers[at + 4], answers[at + 5]
    = count, 'L', token, deadline, hold_until
  answered = at + 5
end

-- A lock as it is asked for: its token, deadline, longest hold and value. The task may be new.
local function new_lock(asked)
  local task = group.task or create(asked.idle_timeout)
  local token, hold_until = next_token(), now + asked.max_hold
  local deadline = lock_deadline(task, hold_until, asked.ttl)
  note_deadline(task, deadline)
  local value = encode_lock(token, deadline, hold_until, holder_code(task, asked), lock_nonce, asked.holder)
  return token, deadline, hold_until, value
end

-- Whether nobody has ever held any of the units.
local function all_new(values, results, count)
  for i = 1, count do
    if values[i] or results and results[i] then return false end
  end
  return true
end

local lock_nonce

local function lock(first, count, asked)
  local task, last = group.task, first + count - 1
  local values = call('HMGET', unit_key, unpack(ARGV, first, last))
  local results = task and task.done > 0 and call('HMGET', done_key, unpack(ARGV, first, last))
  local takes = not task or takes_units(task) and task.live + task.done < 999000
  if not takes or not all_new(values, results, count) then
    lock_one_by_one(asked, first, values, results)
    return last + 1
  end

  local token, deadline, hold_until, value = new_lock(asked)
  task = group.task
  if count == 1 then
    call('HSET', unit_key, ARGV[first], value)
  else
    call('HSET', unit_key, unpack(pairs_at_hand, 1, pair_all(first, last, value)))
  end
  task.live = task.live + count
  if task.live > 128 and task.live - count <= 128 then spread(unit_key) end
  settle(task)
  granted(count, token, deadline, hold_until)
  return last + 1
end

local function lock_by(at, count, asked)
  local of_call = lock_nonce
  lock_nonce = ARGV[at]
  local after = lock(at + 1, count, asked)
  lock_nonce = of_call
  return after
end
