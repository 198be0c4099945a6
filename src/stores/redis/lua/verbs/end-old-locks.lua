@seldom
-- endOldLocks: ms, cursor within the task · Ends the locks of an open or closed task that were not renewed for so long.
-- Answers: W ended, and the cursor to go on from (0 at the end, nothing for the beginning)

-- Those of a page, at most so many; how many, and whether some are left.
local function expire_old(task, entries, ms, limit)
  local ended = 0
  steps = steps + #entries / 2
  for i = 1, #entries, 2 do
    local state, token, _, renewed_at = peek_unit(entries[i + 1])
    if state == UNIT_LOCKED and token > task.floor and max(0, now - renewed_at) >= ms then
      if ended == limit then return ended, true end
      expire_lock(task, entries[i], decode_unit(entries[i + 1]), true)
      ended = ended + 1
    end
  end
  return ended, false
end

local function end_old_locks(at)
  local ms, cursor = tonumber(ARGV[at]), ARGV[at + 1]
  local task = group.task
  local ended, looked = 0, 0
  if not task or task.shelf > LOCKED then
    answer(1, 'W', 0, '0')
    return at + 2
  end
  if task.live == 0 then cursor = '0' end
  while task.live > 0 do
    local page = call('HSCAN', unit_key, cursor, 'COUNT', 100)
    local of_page, is_full = expire_old(task, page[2], ms, MOST_ENDED - ended)
    ended, looked = ended + of_page, looked + #page[2] / 2
    -- A page of which locks are left is looked at again.
    if not is_full then cursor = page[1] elseif cursor == '0' then cursor = '' end
    if is_full or cursor == '0' or looked >= MOST_LOOKED_AT then break end
  end
  settle(task)
  answer(1, 'W', ended, cursor)
  return at + 2
end
