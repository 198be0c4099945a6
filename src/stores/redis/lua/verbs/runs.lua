-- The verbs by the names that calls have. The plain ones know when they change more of a record than its plain fields.
local PLAIN = {
  ['lock'] = lock, ['lockBy'] = lock_by, ['unlock'] = unlock,
}
local OTHERS = {
  ['failUnit'] = fail_unit, ['extendLock'] = extend_lock, ['letGo'] = let_go,
  ['open'] = open, ['close'] = close, ['complete'] = complete, ['failClaim'] = fail_claim, ['extendClaim'] = extend_claim,
  ['giveBack'] = give_back, ['retry'] = retry, ['release'] = release, ['cancel'] = cancel, ['remove'] = remove,
  ['redo'] = redo, ['claimFailed'] = claim_failed, ['settleFailed'] = settle_failed, ['extendFailed'] = extend_failed,
  ['sweep'] = sweep, ['endOldLocks'] = end_old_locks,
}

-- A run: verb, number of calls, options of locks or what is beside each unit (r: results, c: contexts), and how many steps each
-- call takes, if it may change all of a record.
@record run: verb count beside steps
local runs_by_text = {}

local function decode_run(text)
  local count, name, beside = string.match(text, '^(%d+) (%a+) ?(.*)$')
  if name == 'lock' or name == 'lockBy' then beside = decode_asked(beside) end
  return memorize(runs_by_text, text, { PLAIN[name] or OTHERS[name], tonumber(count), beside, OTHERS[name] and (name == 'extendLock' and RENEW_STEPS or CALL_STEPS) })
end

-- The runs of a task, behind the number of arguments that they take.
local runs_of_text = {}

local function decode_runs(text)
  local runs = {}
  for part in string.gmatch(text, '[^\t]+') do
    runs[#runs + 1] = #runs == 0 and tonumber(part) or runs_by_text[part] or decode_run(part)
  end
  return memorize_short(runs_of_text, text, runs)
end

-- What a call of `apply` says of its arguments: number of shards and of tasks, whether all keys are there, and the runs task
-- by task. Those of a single task come again.
@record plan: shards count has_all tasks
local plans_by_text = {}

local function decode_plan(text)
  local tasks, head = {}, nil
  for line in string.gmatch(text, '[^\n]+') do
    if head then tasks[#tasks + 1] = runs_of_text[line] or decode_runs(line) else head = line end
  end
  local shards, has_all = string.match(head, '^(%d+) ([01])$')
  local plan = { tonumber(shards), #tasks, has_all == '1', tasks }
  return #tasks == 1 and memorize_short(plans_by_text, text, plan) or plan
end
