@seldom
-- The task that a page of units is read from, if the reader may: KEYS[16..20] are its own.
-- ARGV: clock, shards, name, claim token or nothing, incarnation or nothing.
local function readable_task()
  local task = load(ARGV[3])
  if task and is_gone(task) then task = false end
  local token, id = tonumber(ARGV[4]), tonumber(ARGV[5])
  if token and not (task and task.shelf == PROCESSING and cold(task).claim_token == token) then return 'stale' end
  if id and not (task and task.id == id) then return 'stale' end
  if not task or task.shelf == REMOVED then return 'not-found' end
  unit_key, done_key, result_key, extra_key, ended_key = KEYS[16], KEYS[17], KEYS[18], KEYS[19], KEYS[20]
  return task
end
