-- The library: its pieces in the order of their floors, then the functions by which it is called.
@include include/prelude
@include include/shard
@include include/task
@include include/cold
@include include/unit
@include include/unit-rest
@include include/unit-history
@include include/ended
@include include/ledger
@include include/queue
@include include/group
@include include/group-rest
@include include/settle
@include include/life
@include include/views
@include include/reading
@include verbs/lock
@include verbs/lock-rest
@include verbs/unlock
@include verbs/unlock-rest
@include verbs/fail-unit
@include verbs/extend-lock
@include verbs/open
@include verbs/close
@include verbs/settle-claim
@include verbs/by-hand
@include verbs/redo
@include verbs/letters
@include verbs/expire-lock
@include verbs/let-go
@include verbs/sweep
@include verbs/end-old-locks
@include verbs/runs
@include functions/apply
@include functions/claim
@include functions/due
@include functions/events
@include functions/failed-tasks
@include functions/hello
@include functions/inspect
@include functions/stats
@include functions/tasks
@include functions/unit-names
@include functions/unit-results
@include functions/units
@include functions/walk

-- Every function but apply and claim, which read it with those of their tasks, and hello begins with the record of its shard.
local function call_on_shard(work)
  return function(keys, args)
    begin(keys, args)
    return read_shard(call('HGET', TASKS, ''), tonumber(ARGV[2])) or work()
  end
end

local function apply_calls(keys, args)
  begin(keys, args)
  return apply()
end

local function claim_tasks(keys, args)
  begin(keys, args)
  return claim()
end

local function register(name, callback, flag)
  redis.register_function({
    function_name = LIBRARY .. '_' .. name,
    callback = callback,
    flags = flag and { flag } or {},
  })
end

register('apply', apply_calls)
-- The same for calls that make room or end something: they go on when memory is full.
register('apply_draining', apply_calls, 'allow-oom')
register('claim', claim_tasks, 'allow-oom')
register('due', call_on_shard(due), 'allow-oom')
register('events', call_on_shard(events), 'no-writes')
register('failed_tasks', call_on_shard(failed_tasks), 'allow-oom')
register('inspect', call_on_shard(inspect), 'no-writes')
register('stats', call_on_shard(stats), 'no-writes')
register('tasks', call_on_shard(tasks), 'no-writes')
register('unit_names', call_on_shard(unit_names), 'no-writes')
register('unit_results', call_on_shard(unit_results), 'no-writes')
register('units', call_on_shard(units), 'no-writes')
register('walk', call_on_shard(walk), 'no-writes')
register('hello', hello, 'no-writes')
