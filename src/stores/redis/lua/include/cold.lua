-- The cold fields of a task's record: what closing and processing need. And what is asked of them.
local UNIT_RETENTION = 300000
local FAILED_RETENTION = 604800000
local DAY, HOUR = 86400000, 3600000

-- Options as they were named, by place; an empty text is not named, '-' is named as null.
local ATTEMPTS, TIMEOUT, BASE, FACTOR, LONGEST, JITTER = 1, 2, 3, 4, 5, 6
local DEADLINE, UNIT_GRACE, INCOMPLETE, WORKER, RETENTION = 7, 8, 9, 10, 11
local OPTIONS = 11
-- Behind them, where a call names one: how many locks of a unit may fail, and the backoff between them, four numbers.
local UNIT_ATTEMPTS, UNIT_BACKOFF = 12, 13
local DEFAULTS = { 5, 900000, 1000, 2, 300000, 0.5, false, 60000, 0, 1, 3600000 }

-- Places in a list, as those of a task. What is none is false.
@record fields retrying ended cold(): closed_at closed_by ended_at waits_from grace_until attempt runs give_backs queued claim_token claim_nonce claim_worker claim_since lease_until timeout_at last_token last_ended last_at incomplete failure reason cleared context nonce_open nonce_close nonce_retry nonce_release nonce_cancel nonce_remove options letter
local COLD_FIELDS = 31
local cold_by_text = {}
-- A dead letter in the hands of its consumers: the token of who holds it (0: nobody), the nonce of that call, who it is, how often it
-- was given, the last token that settled it, from when on it is given again, when it was acknowledged (0: not yet). One that was
-- read is not to be changed: what is remembered shares it.
@record letter: token nonce worker attempt settled again acknowledged_at
-- By so much the moments of acknowledged ones are ahead: they stand behind all others on their shelf.
local ACKNOWLEDGED = 4503599627370496

-- A copy of its own: what is remembered stays as it was.
local function cold(task)
  local fields, packed = task.cold, task.cold_packed
  if fields then return fields end
  if packed == '' then
    fields = {
      false, false, false, task.created_at, 0, 0, 0, 0, 0, false, false, false, false, false, false, false, false, false, false,
      false, false, false, false, false, false, false, false, false, false, false, false,
    }
  else
    fields = { unpack(cold_by_text[packed] or memorize(cold_by_text, packed, cmsgpack.unpack(packed)), 1, COLD_FIELDS) }
  end
  task.cold = fields
  return fields
end

local function pack_cold(fields)
  local packed = pack(fields)
  if not cold_by_text[packed] then memorize(cold_by_text, packed, { unpack(fields, 1, COLD_FIELDS) }) end
  return packed
end

-- An option in force: what was named, or the default.
local function option(task, which)
  local options = cold(task).options
  local named = options and options[which] or ''
  if named == '' or named == '-' then return DEFAULTS[which] end
  return tonumber(named)
end

-- When a consumer of dead letters acknowledged the failure of the task; nothing when none has.
local function acknowledged_at(task)
  local letter = cold(task).letter
  return letter and letter.acknowledged_at > 0 and letter.acknowledged_at
end

-- Whether neither time nor number removes the task: somebody has to acknowledge its failure first.
local function is_spared(task)
  return task.shelf == FAILED and shard[WATCHED] > 0 and not acknowledged_at(task)
end

-- When the record of an ended task may be removed.
local function record_end(task)
  if is_spared(task) then return NEVER end
  if task.shelf == COMPLETED then return cold(task).ended_at + option(task, RETENTION) end
  if task.shelf == FAILED then return cold(task).ended_at + FAILED_RETENTION end
  if task.shelf == REMOVED then return cold(task).ended_at + UNIT_RETENTION end
  return NEVER
end

-- An overdue record counts as gone.
local function is_gone(task)
  return task.shelf >= COMPLETED and record_end(task) <= now
end

-- The reason of a cancelled task, for the outcomes that tell its holders; false for others.
local function cancelled(task)
  local fields = task.shelf >= FAILED and cold(task)
  return fields and fields.failure == 'cancelled' and (fields.reason or '')
end

-- When waiting for failed and expired units ends.
local function grace_end(task)
  local fields = cold(task)
  return max(max(task.trouble_at, fields.closed_at or 0) + option(task, UNIT_GRACE), fields.grace_until)
end

local function name_of(member)
  return sub(member, 7)
end
