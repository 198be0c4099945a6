@seldom
-- close: nonce, idle time-out, replace, context or nothing, info (- keeps what was declared, nothing is none), options
-- No more units will start. The first close wins, but one of its own accord gives way to a call.
-- Answers: C, A or T, then state outstanding done
local function answer_standing(word, task)
  answer(1, word, state_of(task), outstanding(task), task.done)
end

local function close(at)
  local nonce, idle_timeout, replace = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2] == '1'
  local context, info, options = ARGV[at + 3], ARGV[at + 4], at + 5
  local known = group.task

  local function inform(task)
    local fields = cold(task)
    fields.nonce_close = nonce
    if context ~= '' then fields.context = context end
    if info == '' then
      call('HDEL', INFOS, task.name)
    elseif info ~= '-' then
      call('HSET', INFOS, task.name, info)
    end
  end

  call('HLEN', extra_key)
  if known and cold(known).nonce_close == nonce then
    answer_standing('C', known)
  elseif not known or known.shelf == OPEN then
    local task = known or create(idle_timeout)
    inform(task)
    local after = name_options(task, options)
    close_task(task, 'call')
    answer_standing('C', task)
    return after
  elseif not cold(known).closed_at or known.shelf == REMOVED then
    answer_standing('T', known)
  elseif known.shelf ~= LOCKED then
    answer_standing('A', known)
  elseif replace then
    inform(known)
    local after = name_options(known, options)
    set_deadline(known)
    cold(known).closed_by = 'call'
    settle(known)
    answer_standing('C', known)
    return after
  elseif cold(known).closed_by ~= 'call' then
    -- It had closed by itself: the call's info counts, its options come too late.
    inform(known)
    cold(known).closed_by = 'call'
    settle(known)
    answer_standing('C', known)
  else
    answer_standing('A', known)
  end
  return skip_options(options)
end
