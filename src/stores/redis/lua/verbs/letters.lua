@seldom
-- claimFailed: nonce, lease, worker · settleFailed: token, is acknowledged, from when on it is given again (in ms) ·
-- extendFailed: token, lease
-- A failed task in the hands of a consumer of dead letters, until it is acknowledged. On its shelf it stands at the moment at which
-- it may be given, FAILED_RETENTION later: see functions/failed-tasks.
-- Answers: L token until attempt · N (none) · Y acknowledged · R at · E deadline · S current token, then as answer_why

-- The namespace has a consumer from now on.
local function watch()
  if shard[WATCHED] == 0 then changing_shard()[WATCHED] = now end
end

-- Nobody else gets it before that moment.
local function give_from(task, moment)
  move(task, FAILED, moment + FAILED_RETENTION)
end

local function claim_failed(at)
  local nonce, lease, worker = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
  local task = kept()
  local fields = task and task.shelf == FAILED and cold(task)
  local letter = fields and (fields.letter or { 0, '', '', 0, 0, 0, 0 })
  if letter and letter.token > 0 and letter.nonce == nonce then
    answer(1, 'L', letter.token, task.due - FAILED_RETENTION, letter.attempt)
  -- A repeat of a call whose letter is settled gets none; so does everybody before its moment, and once it is acknowledged.
  elseif not letter or letter.nonce == nonce or task.due > now + FAILED_RETENTION then
    answer(1, 'N')
  else
    watch()
    local token = next_token()
    fields.letter = { token, nonce, worker, letter.attempt + 1, letter.settled, letter.again, letter.acknowledged_at }
    give_from(task, now + lease)
    answer(1, 'L', token, now + lease, letter.attempt + 1)
  end
  return at + 3
end

-- The letter, if the token is that of who holds it: also when the lease is over and nobody else has it.
local function letter_held_by(task, token)
  local letter = task and task.shelf == FAILED and cold(task).letter
  return letter and letter.token == token and letter
end

local function answer_settled(letter)
  if letter.acknowledged_at > 0 then answer(1, 'Y') else answer(1, 'R', letter.again) end
end

local function answer_other_holder(task)
  local letter = task and cold(task).letter
  answer(1, 'S', letter and letter.token or 0)
  answer_why()
end

local function settle_failed(at)
  local token, is_acknowledged, delay = tonumber(ARGV[at]), ARGV[at + 1] == '1', tonumber(ARGV[at + 2])
  local task = kept()
  local letter = letter_held_by(task, token)
  if letter then
    local fields = cold(task)
    local again = is_acknowledged and 0 or now + delay
    fields.letter = { 0, letter.nonce, letter.worker, letter.attempt, token, again, is_acknowledged and now or 0 }
    if is_acknowledged then
      move(task, FAILED, ACKNOWLEDGED + fields.ended_at + FAILED_RETENTION)
    else
      give_from(task, again)
    end
    answer_settled(fields.letter)
  else
    letter = task and cold(task).letter
    if letter and letter.settled == token then answer_settled(letter) else answer_other_holder(task) end
  end
  return at + 3
end

local function extend_failed(at)
  local token, lease = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local task = kept()
  if letter_held_by(task, token) then
    give_from(task, now + lease)
    answer(1, 'E', now + lease)
  else
    answer_other_holder(task)
  end
  return at + 2
end
