@seldom
-- retry, release, remove: nonce · cancel: nonce, reason
-- Answers: Y [state] · T state · ? (not found)

local function clear_final(task)
  task.era = task.era + 1
  task.failed = task.failed + task.failed_final
  task.failed_final = 0
  recount_expected(task)
end

-- A failed task returns to where it failed.
local function retry(at)
  local nonce, task = ARGV[at], kept()
  local fields = task and cold(task)
  if not task then
    answer(1, '?')
  elseif fields.nonce_retry == nonce then
    answer(1, 'Y', state_of(task))
  elseif task.shelf ~= FAILED then
    answer(1, 'T', state_of(task))
  else
    call('HLEN', extra_key)
    fields.nonce_retry = nonce
    fields.failure, fields.reason, fields.ended_at, fields.letter = false, false, false, false
    if not fields.closed_at then
      if task.close_at > 0 and task.opened_at > 0 then task.close_at = now + (task.close_at - task.opened_at) end
      if task.opened_at > 0 then task.opened_at = now end
      task.idle_from = now
      clear_final(task)
      move(task, OPEN, now)
      event(task, 'retried')
      settle(task)
    elseif task.released_at == 0 then
      -- Waits once more for what is missing: failures for good are cleared, deadline and grace begin anew.
      clear_final(task)
      fields.waits_from = now
      fields.grace_until = now + max(option(task, UNIT_GRACE), 60000)
      set_deadline(task)
      move(task, LOCKED, now)
      event(task, 'retried')
      settle(task)
    else
      fields.attempt, fields.give_backs = 0, 0
      event(task, 'retried')
      enqueue(task, next_token())
    end
    answer(1, 'Y', state_of(task))
  end
  return at + 1
end

-- To the workers now, with what there is.
local function release(at)
  local nonce, task = ARGV[at], kept()
  local fields = task and cold(task)
  if not task then
    answer(1, '?')
  elseif fields.nonce_release == nonce then
    answer(1, 'Y', state_of(task))
  elseif task.shelf == DELAYED then
    enqueue(task, next_token())
    fields.nonce_release = nonce
    answer(1, 'Y', state_of(task))
  elseif task.shelf <= LOCKED then
    end_locks(task)
    if not fields.closed_at then
      fields.closed_at, fields.closed_by = now, 'call'
      event(task, 'closed')
    end
    fields.incomplete = is_short(task)
    release_task(task)
    fields.nonce_release = nonce
    answer(1, 'Y', state_of(task))
  else
    answer(1, 'T', state_of(task))
  end
  return at + 1
end

-- Ends a task for good; whoever holds a lock or a claim of it learns so at its next call.
local function cancel(at)
  local nonce, reason, task = ARGV[at], ARGV[at + 1], kept()
  local fields = task and cold(task)
  if not task then
    answer(1, '?')
  elseif fields.nonce_cancel == nonce then
    answer(1, 'Y')
  elseif fields.ended_at then
    answer(1, 'T', state_of(task))
  else
    fields.nonce_cancel = nonce
    end_claim(task, 'overdue', 0)
    fail_task(task, 'cancelled', reason)
    answer(1, 'Y')
  end
  return at + 2
end

-- Forgets an ended task; a stub answers late calls for a while.
local function remove(at)
  local nonce, task = ARGV[at], group.task
  local fields = task and cold(task)
  if task and fields.nonce_remove == nonce then
    answer(1, 'Y')
  elseif not task or task.shelf == REMOVED then
    answer(1, '?')
  elseif not fields.ended_at then
    answer(1, 'T', state_of(task))
  else
    fields.nonce_remove = nonce
    fields.ended_at = now
    call('HDEL', INFOS, task.name)
    call('HDEL', SHORTFALLS, task.name)
    call('UNLINK', unit_key, done_key, result_key, extra_key, ended_key)
    event(task, 'removed')
    move(task, REMOVED, now + UNIT_RETENTION)
    answer(1, 'Y')
  end
  return at + 1
end
