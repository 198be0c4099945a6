-- Why a unit is not given, as a word; nil when it is.
local function refused(task, unit, is_done, takes, refresh)
  local is_locked = unit and unit_state(task, unit) == UNIT_LOCKED
  if is_locked and unit.nonce == lock_nonce then return 'repeated' end
  if is_done and keeps_results(task) then return 'done' end
  if not takes then return 'late' end
  if is_locked and unit.deadline > now then return refresh and 'refreshed' or 'held' end
  local units = task and task.live + task.done + task.failed + task.failed_final + task.expired or 0
  if not unit and units >= 1000000 then return 'full' end
end

local function answer_refused(word, task, name, unit, is_done, ttl, free_from)
  if word == 'repeated' then
    granted(1, unit.token, unit.deadline, unit.hold_until)
  elseif word == 'done' then
    local result = call('HGET', result_key, name)
    if result then answer(1, 'K', 1, result) else answer(1, 'K', 0) end
  elseif word == 'late' then
    answer(1, 'T', state_of(task), is_done and UNIT_DONE or unit and unit_state(task, unit) or -1)
  elseif word == 'held' then
    answer(1, 'H', unit.deadline, holder_name(task, unit))
  elseif word == 'waits' then
    answer(1, 'H', free_from, '')
  elseif word == 'failed' then
    local err = call('HGET', extra_key, 'u:' .. name)
    if err then answer(1, 'S', 1, err) else answer(1, 'S', 0) end
  elseif word == 'full' then
    answer(1, 'F')
  else
    local deadline = lock_deadline(task, unit.hold_until, ttl)
    call('HSET', unit_key, name, encode_unit(unit, UNIT_LOCKED, now, deadline, 0, 0))
    note_deadline(task, deadline)
    settle(task)
    granted(1, unit.token, deadline, unit.hold_until)
  end
end

local function keeps_results(task)
  return task.shelf ~= COMPLETED or option(task, WORKER) == 0
end

-- Takes a free unit out of the count of its state; an overdue lock ends here without a trace.
local function leave_state(task, name, unit)
  local state = unit_state(task, unit)
  if state ~= UNIT_LOCKED then unlist_ended(name) end
  if state == UNIT_LOCKED then
    task.live = task.live - 1
  elseif state == UNIT_EXPIRED then
    task.expired = task.expired - 1
  else
    call('HDEL', extra_key, 'u:' .. name)
    if is_final(task, unit) then
      task.failed_final = task.failed_final - 1
      count_expected(task, name, 1)
    else
      task.failed = task.failed - 1
    end
  end
end

-- The same as `lock`, each unit looked at on its own.
local function lock_one_by_one(asked, first, values, results)
  rest_changed = true
  local task = group.task
  local is_kept = task and task.shelf ~= REMOVED
  local takes = not task or takes_units(task)

  if is_kept then decode_all(values, 1, #values) end

  local fields, written, run = {}, 0, 0
  local token, deadline, hold_until, value
  for i = 1, #values do
    local name = ARGV[first + i - 1]
    local unit = is_kept and values[i] and decode_unit(values[i])
    local is_done = is_kept and results and results[i]
    local word = refused(task, unit, is_done, takes, asked.refresh)
    local free_from
    if not word and unit then
      word, free_from, unit = kept_back(task, name, unit)
      takes = not task or takes_units(task)
    end
    if word then
      if run > 0 then granted(run, token, deadline, hold_until) end
      run = 0
      answer_refused(word, task, name, unit, is_done, asked.ttl, free_from)
    else
      if not value then
        token, deadline, hold_until, value = new_lock(asked)
        task, is_kept = group.task, true
      end
      if unit then leave_state(task, name, unit) end
      task.live = task.live + 1
      fields[written + 1], fields[written + 2] = name, value
      written = written + 2
      run = run + 1
    end
  end
  if run > 0 then granted(run, token, deadline, hold_until) end
  if written > 0 then
    call('HSET', unit_key, unpack(fields, 1, written))
    settle(task)
  end
end
