@seldom
-- complete: token, has a result, result · failClaim: token, error, retry, delay or nothing, random
-- extendClaim: token, lease · giveBack: token
-- Only the live claim's token writes. Answers: Y · R at · N · E deadline · G spent · S current token, then as answer_why
local function claimed_by(token)
  local task = group.task
  return task and task.shelf == PROCESSING and cold(task).claim_token == token and task
end

-- How the claim of that token ended, if it was the last one and ended so.
local function ended_as(token, ended)
  local task = group.task
  local fields = task and task.shelf > LOCKED and cold(task)
  return fields and fields.last_token == token and fields.last_ended == ended and fields
end

local function stale()
  local task = group.task
  local token = task and task.shelf == PROCESSING and cold(task).claim_token or 0
  answer(1, 'S', token)
  answer_why()
end

local function complete(at)
  local token = tonumber(ARGV[at])
  local task = claimed_by(token)
  if task then
    call('HLEN', extra_key)
    end_claim(task, 'completed', 0)
    complete_task(task, ARGV[at + 1] == '1' and ARGV[at + 2])
    answer(1, 'Y')
  elseif ended_as(token, 'completed') then
    answer(1, 'Y')
  else
    stale()
  end
  return at + 3
end

local function fail_claim(at)
  local token, err, again = tonumber(ARGV[at]), ARGV[at + 1], ARGV[at + 2] == '1'
  local delay, random = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local task = claimed_by(token)
  local retrying = not task and ended_as(token, 'retrying')
  if task then
    fail_attempt(task, err, 'failed', again, delay, random)
    if task.shelf == FAILED then answer(1, 'N') else answer(1, 'R', cold(task).last_at) end
  elseif retrying then
    answer(1, 'R', retrying.last_at)
  elseif ended_as(token, 'failed') then
    answer(1, 'N')
  else
    stale()
  end
  return at + 5
end

local function extend_claim(at)
  local token, lease = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local task = claimed_by(token)
  if task then
    local fields = cold(task)
    fields.lease_until = min(now + lease, fields.timeout_at)
    move(task, PROCESSING, fields.lease_until)
    answer(1, 'E', fields.lease_until)
  else
    stale()
  end
  return at + 2
end

-- Back to its place in the queue; the attempt is not spent, unless this happens over and over.
local FREE_GIVE_BACKS = 100

local function give_back(at)
  local token = tonumber(ARGV[at])
  local task = claimed_by(token)
  local ended = not task and ended_as(token, 'given-back')
  if task then
    local fields = cold(task)
    fields.give_backs = fields.give_backs + 1
    local spent = fields.give_backs > FREE_GIVE_BACKS
    end_claim(task, 'given-back', spent and now or 0)
    event(task, 'given-back')
    if not spent then fields.attempt = fields.attempt - 1 end
    if spent and fields.attempt >= option(task, ATTEMPTS) then
      fail_task(task, 'attempts', 'given back too often')
    else
      enqueue(task, fields.queued)
    end
    answer(1, 'G', spent and 1 or 0)
  elseif ended then
    answer(1, 'G', ended.last_at > 0 and 1 or 0)
  else
    stale()
  end
  return at + 1
end
