@seldom
-- endOldLocks: ms, cursor within the task · Ends the locks of an open or closed task that were not renewed for so long.
-- Answers: W ended, and the cursor to go on from (0 at the end)
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
    local page = call('HSCAN', unit_key, cursor, 'COUNT', 500)
    cursor = page[1]
    local entries = page[2]
    for i = 1, #entries, 2 do
      local unit = decode_unit(entries[i + 1])
      if unit.state == UNIT_LOCKED and unit.token > task.floor and max(0, now - unit.renewed_at) >= ms then
        expire_lock(task, entries[i], unit, true)
        ended = ended + 1
      end
    end
    looked = looked + #entries / 2
    if cursor == '0' or looked >= 1000 then break end
  end
  settle(task)
  answer(1, 'W', ended, cursor)
  return at + 2
end
