@seldom
-- open: nonce, idle time-out, info or nothing, closeWhenIdle or nothing, closeAfter or nothing, options
-- Declares a task before its units, or one that a lock created. The first call's declaration is kept.
-- Answers: O state · A · T state
local function open(at)
  local nonce, idle_timeout, info = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
  local close_when_idle, close_after = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local options = at + 5
  local known = group.task
  if known and cold(known).nonce_open == nonce then
    answer(1, 'O', state_of(known))
    return skip_options(options)
  end
  if known and known.shelf ~= OPEN then
    answer(1, 'T', state_of(known))
    return skip_options(options)
  end
  if known and known.opened_at > 0 then
    answer(1, 'A')
    return skip_options(options)
  end
  call('HLEN', extra_key)
  local task = known or create(idle_timeout)
  task.opened_at = now
  task.close_when_idle = close_when_idle or 0
  task.close_at = close_after and now + close_after or 0
  cold(task).nonce_open = nonce
  if info ~= '' then call('HSET', INFOS, task.name, info) end
  local after = name_options(task, options)
  event(task, 'opened')
  settle(task)
  answer(1, 'O', state_of(task))
  return after
end
