-- Puts the task on a shelf, with its next due moment.
local function move(task, shelf, due)
  task.shelf, task.due = shelf, due
end

-- Ready for the next worker, at this place of the queue; the marker wakes one.
local function enqueue(task, place)
  cold(task).queued = place
  move(task, RELEASED, place)
  event(task, 'released')
  call('ZADD', MARKER, '0', 'm')
end

-- The live claim ends: its token writes nothing any more.
local function end_claim(task, ended, at)
  local fields = cold(task)
  if not fields.claim_token then return end
  fields.last_token, fields.last_ended, fields.last_at = fields.claim_token, ended, at
  call('ZADD', ENDED_CLAIMS, format('%d', now + 180000), fields.claim_nonce)
  fields.claim_token, fields.claim_nonce, fields.claim_worker = false, false, false
  fields.claim_since, fields.lease_until, fields.timeout_at = false, false, false
end
