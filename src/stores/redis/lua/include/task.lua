-- A task's record: what every lock and unlock changes, then the rest, which is packed anew only when it changes, then the
-- cold fields, which stay packed until asked for. Fields are places in a list: the linker knows them. Those from `holders`
-- to `scan_least` are kept; a moment or a duration that is 0 is none.
@record task known: name cold expected was_shelf was_due holders shelf due live done lock_due idle_from id created_at idle_timeout failed failed_final expired floor era trouble_at deadline_at expect expect_named expect_left opened_at close_when_idle close_at released_at scan scan_least cold_packed rest
local FIRST_KEPT, LAST_PLAIN, FIRST_OF_REST, LAST_KEPT = 6, 12, 13, 31
local PLAIN_FORMAT, REST_FORMAT = '>Hc0BI7I4I4I7I6', '>I6I6I6I4I4I4I7I4I6I6i4BI4I6I6I6I6I6I7'

-- Records by their text, for the next call on the task. One that is in use is not here, for it changes: its text is the last
-- that is made of it.
local tasks_by_text = {}

local function decode_task(name, packed)
  local task = tasks_by_text[packed]
  if task then
    tasks_by_text[packed] = nil
    task.name = name
    return task
  end
  task = { name, false, false, false, false, struct.unpack(PLAIN_FORMAT, packed) }
  local at = task.id
  local rest = { struct.unpack(REST_FORMAT, packed, at) }
  for i = 1, #rest do task[LAST_PLAIN + i] = rest[i] end
  task.was_shelf, task.was_due = task.shelf, task.due
  task.cold_packed, task.rest = sub(packed, task.cold_packed), sub(packed, at)
  return task
end

-- `rest_changed` is false while calls only lock and unlock plainly.
local rest_changed

local function encode_task(task)
  if rest_changed then
    if task.cold then task.cold_packed = pack_cold(task.cold) end
    task.rest = struct.pack(REST_FORMAT, unpack(task, FIRST_OF_REST, LAST_KEPT)) .. task.cold_packed
  end
  local packed = struct.pack(PLAIN_FORMAT, #task.holders, unpack(task, FIRST_KEPT, LAST_PLAIN)) .. task.rest
  if task.shelf <= LOCKED then
    task.cold, task.expected = false, false
    memorize(tasks_by_text, packed, task)
  end
  return packed
end

-- On a shelf tasks of equal moments stand in the order of their incarnations.
local function member_of(task)
  return struct.pack('>I6', task.id) .. task.name
end

-- What `expect` is where nothing is expected: the second where the task counts the locks of its units.
local NO_EXPECTATION, LIMITED = -1, -2

-- How many expected units are not there yet: of a list those neither done nor failed for good, of a count those not done.
local function unmet(task)
  if task.expect < 0 then return 0 end
  if task.expect_named == 1 then return task.expect_left end
  return max(0, task.expect - task.done)
end

-- Live locks and waited-for units. With an expectation nothing but locks and what is expected is waited for, and a lock may
-- be on an expected unit.
local function outstanding(task)
  if task.shelf > LOCKED then return 0 end
  if task.expect < 0 then return task.live + task.failed + task.expired end
  return max(task.live, unmet(task))
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
