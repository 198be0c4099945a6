-- The verbs by the names that calls have. The plain ones know when they change more of a record than its plain fields.
local PLAIN = {
  ['lock'] = lock, ['lockBy'] = lock_by, ['unlock'] = unlock,
}
local OTHERS = {
  ['failUnit'] = fail_unit, ['extendLock'] = extend_lock,
  ['open'] = open, ['close'] = close, ['complete'] = complete, ['failClaim'] = fail_claim, ['extendClaim'] = extend_claim,
  ['giveBack'] = give_back, ['retry'] = retry, ['release'] = release, ['cancel'] = cancel, ['remove'] = remove,
  ['sweep'] = sweep, ['endOldLocks'] = end_old_locks,
}
local runs_by_text = {}

-- A run: verb, number of calls, what is beside each unit (r: results, c: contexts), and whether it may change all of a record.
local function decode_run(text)
  local count, name, beside = string.match(text, '^(%d+) (%a+) ?(%a*)$')
  return memorize(runs_by_text, text, { PLAIN[name] or OTHERS[name], tonumber(count), beside, not PLAIN[name] })
end
