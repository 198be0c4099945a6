-- The verbs that are not on every unit's way.
local OTHERS = {
  ['failUnit'] = fail_unit, ['extendLock'] = extend_lock, ['open'] = open, ['close'] = close,
  ['complete'] = complete, ['failClaim'] = fail_claim, ['extendClaim'] = extend_claim, ['giveBack'] = give_back,
  ['retry'] = retry, ['release'] = release, ['cancel'] = cancel, ['remove'] = remove,
  ['sweep'] = sweep, ['endOldLocks'] = end_old_locks,
}

local function other_verb(name)
  return OTHERS[name]
end
