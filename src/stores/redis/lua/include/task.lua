-- A task's record: the hot fields, which lock and unlock need, then the cold ones, which stay packed until asked for.
-- Fields are places in a list: the linker knows them. Those from `holders` to `scan_least` are kept; a moment or a duration
-- that is 0 is none.
@record task known: name cold unit_key done_key result_key extra_key expected was_shelf was_due holders id shelf due created_at idle_timeout live done failed failed_final expired floor era idle_from trouble_at lock_due deadline_at expect expect_named expect_left opened_at close_when_idle close_at released_at scan scan_least cold_packed
local FIRST_KEPT, LAST_KEPT = 10, 35
local TASK_FORMAT = '>Hc0I6BI7I6I6I4I4I4I4I4I7I4I6I6I7I6i4BI4I6I6I6I6I6I7'

local function decode_task(name, packed)
  local task = { name, false, false, false, false, false, false, false, false, struct.unpack(TASK_FORMAT, packed) }
  task.was_shelf, task.was_due = task.shelf, task.due
  task.cold_packed = sub(packed, task.cold_packed)
  return task
end

local function encode_task(task)
  local rest = task.cold and pack_cold(task.cold) or task.cold_packed
  return struct.pack(TASK_FORMAT, #task.holders, unpack(task, FIRST_KEPT, LAST_KEPT)) .. rest
end

-- On a shelf tasks of equal moments stand in the order of their incarnations.
local function member_of(task)
  return struct.pack('>I6', task.id) .. task.name
end

-- How many expected units are neither done nor failed for good.
local function unmet(task)
  if task.expect < 0 then return 0 end
  if task.expect_named == 1 then return task.expect_left end
  return max(0, task.expect - task.done - task.failed_final)
end

-- Live locks and waited-for units, or what is expected if that is more: any of the former may be one of the latter.
local function outstanding(task)
  if task.shelf > LOCKED then return 0 end
  return max(task.live + task.failed + task.expired, unmet(task))
end

-- When an open task without a live lock is closed or given up.
local function idle_end(task)
  if task.close_when_idle == 0 then return task.idle_from + task.idle_timeout end
  return task.idle_from + min(task.idle_timeout, task.close_when_idle)
end

-- What readers call its state: a delayed task is released, a removed one what it was.
local function state_of(task)
  if task.shelf == DELAYED then return RELEASED end
  if task.shelf == REMOVED then return cold(task).failure and FAILED or COMPLETED end
  return task.shelf
end
