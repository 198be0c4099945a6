// Linked from lua/ by scripts/lua.mjs. Do not edit.
export const LIBRARY_NAME = 'tusker_09bd1b41afe0';
export const LIBRARY = `#!lua name=tusker_09bd1b41afe0
local call, pack, format, sub, min, max, floor
local KEYS, ARGV
local now, now_us
local shard
local DEFAULTS = { 5, 900000, 1000, 2, 300000, 0.5, false, 60000, 0, 1, 3600000 }
local units_by_value
local records, recorded
local answers, answered
local group
local one_holder, one_packed
local row_length, row_state, row_left, row_done = 0, 0, 0, 0
local place
local only_look
local bind,begin,read_shard,pack_shard,next_token,decode_task,encode_task,member_of,unmet,outstanding,idle_end,state_of,cold,pack_cold,option,record_end,is_gone,cancelled,grace_end,name_of,decode_unit,encode_unit,encode_done,unit_state,decode_done,is_final,holder_name,add_holder,load,begin_records,save,write_records,spread,event,move,enqueue,end_claim,answer,attach,create,forget,kept,answer_ended,look_again,settle,expected,count_expected,absentees,recount_expected,end_locks,shortfall,complete_task,fail_task,release_task,end_waiting,set_deadline,close_task,settle_closed,fail_attempt,name_options,skip_options,task_view,unit_view,readable_task,holder_code,takes_units,lock_deadline,note_deadline,granted,new_lock,all_new,lock,refused,answer_refused,keeps_results,leave_state,lock_one_by_one,end_row,answer_progress,is_pending,leave_lock,write_done,plain_units,unlock_plain,unlock,unlock_one,fail_unit,extend_lock,open,answer_standing,close,claimed_by,ended_as,stale,complete,fail_claim,extend_claim,give_back,clear_final,retry,release,cancel,remove,expire_lock,expire_overdue,end_waits,end_idleness,end_attempt,clear,sweep,end_old_locks,other_verb,apply_group,set_aside,apply,readable,first_of,ripen,next_task,task_for,forget_ended_claims,claim,due,events,hello,by_deadline,units_of,claim_view,attempt_errors,detail,inspect,stats,tasks,unit_names,units,walk,call_on_shard,apply_calls,register
function bind()
call, pack = redis.call, cmsgpack.pack
format, sub = string.format, string.sub
min, max, floor = math.min, math.max, math.floor
end
function begin(keys, args)
if not call then bind() end
KEYS, ARGV = keys, args
if args[1] == '' then
local time = call('TIME')
now_us = time[1] * 1000000 + time[2]
now = floor(now_us / 1000)
else
now = tonumber(args[1])
now_us = now * 1000
end
units_by_value = {}
end
function read_shard(packed)
shard = packed and { struct.unpack('>BHI7I6I6I6I6', packed) } or { 1, tonumber(ARGV[2]), 0, 0, 0, 0, 0 }
if shard[1] ~= 1 or shard[2] ~= tonumber(ARGV[2]) then
return redis.error_reply(format('TUSKERSHARDS %d %d', shard[1], shard[2]))
end
end
function pack_shard()
return struct.pack('>BHI7I6I6I6I6', unpack(shard, 1, 7))
end
function next_token()
local token = max(shard[3] + 1, now_us)
shard[3] = token
return token
end
function decode_task(name, packed)
local task = { name, false, false, false, false, false, false, false, false, struct.unpack('>Hc0I6BI7I6I6I4I4I4I4I4I7I4I6I6I7I6i4BI4I6I6I6I6I6I7', packed) }
task[8], task[9] = task[12], task[13]
task[36] = sub(packed, task[36])
return task
end
function encode_task(task)
local rest = task[2] and pack_cold(task[2]) or task[36]
return struct.pack('>Hc0I6BI7I6I6I4I4I4I4I4I7I4I6I6I7I6i4BI4I6I6I6I6I6I7', #task[10], unpack(task, 10, 35)) .. rest
end
function member_of(task)
return struct.pack('>I6', task[11]) .. task[1]
end
function unmet(task)
if task[27] < 0 then return 0 end
if task[28] == 1 then return task[29] end
return max(0, task[27] - task[17] - task[19])
end
function outstanding(task)
if task[12] > 2 then return 0 end
return max(task[16] + task[18] + task[20], unmet(task))
end
function idle_end(task)
if task[31] == 0 then return task[23] + task[15] end
return task[23] + min(task[15], task[31])
end
function state_of(task)
if task[12] == 4 then return 3 end
if task[12] == 8 then return cold(task).failure and 7 or 6 end
return task[12]
end
local COLD = {
'closed_at', 'closed_by', 'ended_at', 'waits_from', 'grace_until', 'attempt', 'runs', 'give_backs', 'queued',
'claim_token', 'claim_nonce', 'claim_worker', 'claim_since', 'lease_until', 'timeout_at',
'last_token', 'last_ended', 'last_at', 'incomplete', 'failure', 'reason', 'cleared', 'context',
'nonce_open', 'nonce_close', 'nonce_retry', 'nonce_release', 'nonce_cancel', 'nonce_remove', 'options',
}
function cold(task)
local fields = task[2]
if fields then return fields end
fields = { grace_until = 0, attempt = 0, runs = 0, give_backs = 0, queued = 0, waits_from = task[14] }
if task[36] ~= '' then
local values = cmsgpack.unpack(task[36])
for i = 1, #COLD do fields[COLD[i]] = values[i] end
end
task[2] = fields
return fields
end
function pack_cold(fields)
local values = {}
for i = 1, #COLD do values[i] = fields[COLD[i]] or false end
return pack(values)
end
function option(task, which)
local options = cold(task).options
local named = options and options[which] or ''
if named == '' or named == '-' then return DEFAULTS[which] end
return tonumber(named)
end
function record_end(task)
if task[12] == 6 then return cold(task).ended_at + option(task, 11) end
if task[12] == 7 then return cold(task).ended_at + 604800000 end
if task[12] == 8 then return cold(task).ended_at + 300000 end
return 9007199254740991
end
function is_gone(task)
return task[12] >= 6 and record_end(task) <= now
end
function cancelled(task)
local fields = task[12] >= 7 and cold(task)
return fields and fields.failure == 'cancelled' and (fields.reason or '')
end
function grace_end(task)
local fields = cold(task)
return max(max(task[24], fields.closed_at or 0) + option(task, 8), fields.grace_until)
end
function name_of(member)
return sub(member, 7)
end
function decode_unit(value)
local unit = units_by_value[value]
if unit then return unit end
unit = { struct.unpack('>BI7I6I6I6I6BHc0I6HHc0', value) }
unit[12] = false
units_by_value[value] = unit
return unit
end
function encode_unit(unit, state, renewed_at, deadline, ended_at, final)
return struct.pack('>BI7I6I6I6I6BHc0I6HHc0', state, unit[2], unit[3], renewed_at, deadline, unit[6],
unit[7], #unit[8], unit[8], ended_at, final, #unit[11], unit[11])
end
function encode_done(unit, context)
return struct.pack('>I7I6I6I6I6BHc0', unit[2], unit[3], unit[4], unit[5], now,
unit[7], #unit[11], unit[11]) .. context
end
function unit_state(task, unit)
if unit[1] == 0 and unit[2] <= task[21] then return 3 end
return unit[1]
end
function decode_done(value)
local token, locked_at, renewed_at, deadline, ended_at, holder, name, at = struct.unpack('>I7I6I6I6I6BHc0', value)
local context = sub(value, at)
return { 1, token, locked_at, renewed_at, deadline, 0, holder, '', ended_at, 0, name, context ~= '' and context }
end
function is_final(task, unit)
return unit[1] == 2 and unit[10] == task[22]
end
function holder_name(task, unit)
if unit[7] == 0 then return unit[11] end
return cmsgpack.unpack(task[10])[unit[7]]
end
function add_holder(task, holder)
local holders = task[10] == '' and {} or cmsgpack.unpack(task[10])
for i = 1, #holders do
if holders[i] == holder then return i end
end
if #holders >= 16 then return 0 end
holders[#holders + 1] = holder
task[10] = pack(holders)
return #holders
end
function load(name)
local packed = call('HGET', KEYS[1], name)
return packed and decode_task(name, packed)
end
function begin_records()
records, recorded = {}, 0
end
function save(task)
if task[12] ~= task[8] then
local member = member_of(task)
if task[8] then call('ZREM', KEYS[2 + task[8]], member) end
call('ZADD', KEYS[2 + task[12]], task[13], member)
elseif task[13] ~= task[9] then
call('ZADD', KEYS[2 + task[12]], task[13], member_of(task))
end
task[8], task[9] = task[12], task[13]
records[recorded + 1], records[recorded + 2] = task[1], encode_task(task)
recorded = recorded + 2
end
function write_records()
records[recorded + 1], records[recorded + 2] = '', pack_shard()
call('HSET', KEYS[1], unpack(records, 1, recorded + 2))
begin_records()
end
function spread(key)
call('HSET', key, '', string.rep(' ', 65))
call('HDEL', key, '')
end
function event(task, kind)
local sequence = shard[4] + 1
shard[4] = sequence
local fields = task[2] or task[36] ~= '' and cold(task)
local text = format('%d %s %d %d %d %s %s', now, kind, state_of(task), task[11], fields and fields.attempt or 0,
fields and fields.failure or '-', task[1])
call('XADD', KEYS[11], 'MAXLEN', '~', 10000, format('%d-0', sequence), 'e', text)
end
function move(task, shelf, due)
task[12], task[13] = shelf, due
end
function enqueue(task, place)
cold(task).queued = place
move(task, 3, place)
event(task, 'released')
call('ZADD', KEYS[14], 0, 'm')
end
function end_claim(task, ended, at)
local fields = cold(task)
if not fields.claim_token then return end
fields.last_token, fields.last_ended, fields.last_at = fields.claim_token, ended, at
call('ZADD', KEYS[13], now + 180000, fields.claim_nonce)
fields.claim_token, fields.claim_nonce, fields.claim_worker = false, false, false
fields.claim_since, fields.lease_until, fields.timeout_at = false, false, false
end
function answer(text)
answered = answered + 1
answers[answered] = text
end
function attach(task)
task[3], task[4], task[5], task[6] = group[1], group[2], group[3], group[4]
return task
end
function create(idle_timeout)
if group.left then
forget(group.left)
group.left = nil
end
local id = shard[5] + 1
shard[5] = id
local task = {
group.name, false, group[1], group[2], group[3], group[4], false, false, false, '', id, 1, now + idle_timeout, now,
idle_timeout, 0, 0, 0, 0, 0, 0, 1, now, 0, 9007199254740991, 0, -1, 0, 0, 0, 0, 0, 0, 0, 9007199254740991, '',
}
group.task = task
event(task, 'created')
return task
end
function forget(task)
call('ZREM', KEYS[2 + task[8]], member_of(task))
call('HDEL', KEYS[1], task[1])
call('HDEL', KEYS[2], task[1])
call('HDEL', KEYS[15], task[1])
call('UNLINK', task[3], task[4], task[5], task[6])
end
function kept()
local task = group.task
return task and task[12] ~= 8 and task
end
function answer_ended(count, word, more)
local task = group.task
local reason = task and cancelled(task)
local state = task and state_of(task) or 0
if reason then
answer(format('%d%s%s%d %s', count, word, more, state, reason))
else
answer(format('%d%s%s%d', count, word, more, state))
end
end
function look_again(task, due)
if due < task[13] or task[13] <= now then task[13] = due end
end
function settle(task)
if task[12] == 2 then return settle_closed(task) end
if task[12] ~= 1 then return end
if task[27] >= 0 and task[30] > 0 and unmet(task) == 0 then return close_task(task, 'expect') end
local due = task[16] > 0 and task[25] or idle_end(task)
look_again(task, task[32] > 0 and min(due, task[32]) or due)
end
function expected(task)
local names = task[7]
if names then return names end
names = {}
local packed = call('HGET', task[6], 'expect')
if packed then
for _, unit in ipairs(cmsgpack.unpack(packed)) do names[unit] = true end
end
task[7] = names
return names
end
function count_expected(task, unit, by)
if task[28] == 1 and expected(task)[unit] then task[29] = task[29] + by end
end
function absentees(task)
local names, left, absent = {}, 0, {}
local packed = call('HGET', task[6], 'expect')
if packed then names = cmsgpack.unpack(packed) end
if #names == 0 then return 0, absent end
local values = call('HMGET', task[3], unpack(names))
local results = call('HMGET', task[4], unpack(names))
for i = 1, #names do
if not results[i] then
local value = values[i]
if not value then absent[#absent + 1] = names[i] end
if not value or not is_final(task, decode_unit(value)) then left = left + 1 end
end
end
return left, absent
end
function recount_expected(task)
if task[28] == 1 then task[29] = absentees(task) end
end
function end_locks(task)
task[21] = shard[3]
if task[16] == 0 then return end
task[20] = task[20] + task[16]
task[16] = 0
task[25] = 9007199254740991
task[24], task[23] = now, now
end
function shortfall(task)
local failed, expired, ended = {}, {}, {}
local cursor, looked = '0', 0
if task[18] + task[19] + task[20] > 0 then
repeat
local page = call('HSCAN', task[3], cursor, 'COUNT', 500)
cursor = page[1]
local entries = page[2]
for i = 1, #entries, 2 do
local unit = decode_unit(entries[i + 1])
local names = unit[1] == 2 and failed or unit[1] == 3 and expired or ended
if names ~= ended or unit[2] <= task[21] then
names[#names + 1] = { unit[5], unit[2], entries[i] }
end
end
looked = looked + #entries / 2
until cursor == '0' or looked >= 1000
end
local absent = {}
if task[28] == 1 then absent = select(2, absentees(task)) end
local names = {}
local function take(units)
table.sort(units, function(a, b)
if a[1] ~= b[1] then return a[1] < b[1] end
if a[2] ~= b[2] then return a[2] < b[2] end
return a[3] < b[3]
end)
for i = 1, min(#units, 100 - #names) do names[#names + 1] = units[i][3] end
end
take(failed)
take(expired)
take(ended)
for i = 1, min(#absent, 100 - #names) do names[#names + 1] = absent[i] end
local missing = task[28] == 1 and #absent or max(0, unmet(task) - task[18] - task[20])
return { task[18] + task[19], task[20], missing, names }
end
function complete_task(task, result)
local fields = cold(task)
fields.ended_at = now
if fields.incomplete then call('HDEL', KEYS[15], task[1]) end
if result then call('HSET', task[6], 'result', result) end
shard[6] = shard[6] + 1
if option(task, 10) == 1 then
call('UNLINK', task[5])
fields.cleared = false
move(task, 6, now + 300000)
else
fields.cleared = true
move(task, 6, now + option(task, 11))
end
event(task, 'completed')
end
function fail_task(task, failure, reason)
end_locks(task)
local fields = cold(task)
fields.ended_at, fields.failure, fields.reason = now, failure, reason or false
shard[7] = shard[7] + 1
move(task, 7, now + 604800000)
event(task, 'failed')
end
function release_task(task)
end_locks(task)
task[33] = now
local fields = cold(task)
if fields.incomplete then call('HSET', KEYS[15], task[1], pack(shortfall(task))) end
if option(task, 10) == 0 then
event(task, 'released')
return complete_task(task, false)
end
enqueue(task, next_token())
end
function end_waiting(task)
end_locks(task)
local fields = cold(task)
fields.incomplete = task[18] + task[19] + task[20] + unmet(task) > 0
if fields.incomplete and option(task, 9) == 0 then return fail_task(task, 'incomplete') end
release_task(task)
end
function set_deadline(task)
local fields = cold(task)
local deadline = option(task, 7) or (task[27] < 0 and 86400000 or 3600000)
task[26] = max(fields.waits_from + deadline, fields.grace_until)
end
function close_task(task, by)
local fields = cold(task)
fields.closed_at, fields.closed_by, fields.waits_from = now, by, now
set_deadline(task)
move(task, 2, now)
event(task, 'closed')
settle(task)
end
function settle_closed(task)
local deadline = task[26]
if task[16] > 0 then return look_again(task, min(task[25], deadline)) end
if unmet(task) > 0 then return move(task, 2, deadline) end
if task[18] + task[20] > 0 then
local grace = grace_end(task)
if grace > now then return move(task, 2, min(grace, deadline)) end
end
end_waiting(task)
end
function fail_attempt(task, err, ended, again, delay, random)
local fields = cold(task)
local attempt = fields.attempt
call('HSET', task[6], format('a:%d', fields.runs),
cmsgpack.pack({ attempt, now, fields.claim_worker or '', err }))
call('HDEL', task[6], format('a:%d', fields.runs - 100))
if not delay then
local full = min(option(task, 5), option(task, 3) * option(task, 4) ^ (attempt - 1))
delay = max(0, floor(full * (1 - option(task, 6) * random) + 0.5))
end
local at = now + delay
local last = not again or attempt >= option(task, 1)
end_claim(task, ended == 'failed' and not last and 'retrying' or ended, at)
event(task, 'attempt-failed')
if not again then return fail_task(task, 'fatal') end
if last then return fail_task(task, 'attempts') end
if delay == 0 then return enqueue(task, next_token()) end
move(task, 4, at)
end
function name_options(task, at)
local fields = cold(task)
local options = fields.options or {}
for i = 1, 11 do
local named = ARGV[at + i - 1]
if named ~= '' then options[i] = named elseif not options[i] then options[i] = '' end
end
fields.options = options
at = at + 11
local kind = ARGV[at]
if kind == '' then return at + 1 end
call('HDEL', task[6], 'expect')
task[7] = false
task[27], task[28] = -1, 0
if kind == 'n' then
task[27] = tonumber(ARGV[at + 1])
return at + 2
end
if kind == 'l' then
local count = tonumber(ARGV[at + 1])
local names = {}
for i = 1, count do names[i] = ARGV[at + 1 + i] end
task[27], task[28] = count, 1
if count > 0 then call('HSET', task[6], 'expect', pack(names)) end
recount_expected(task)
return at + 2 + count
end
return at + 1
end
function skip_options(at)
at = at + 11
local kind = ARGV[at]
if kind == 'n' then return at + 2 end
if kind == 'l' then return at + 2 + tonumber(ARGV[at + 1]) end
return at + 1
end
function task_view(task)
local fields = cold(task)
return {
task[1], task[11], state_of(task), task[14], fields.closed_at or false, fields.closed_by or false,
task[33] > 0 and task[33], fields.ended_at or false, task[12] ~= 3 and task[13], task[16], task[17],
task[18] + task[19], task[20], outstanding(task), fields.attempt, fields.failure or false,
fields.reason or false,
}
end
function unit_view(task, name, unit, err, result)
local state = unit_state(task, unit)
local ended_at = unit[9] > 0 and unit[9]
if state == 3 and not ended_at then
ended_at = min(unit[5], task[33] > 0 and task[33] or cold(task).ended_at or unit[5])
end
return {
name, state, unit[2], holder_name(task, unit), unit[3], unit[4], unit[5], ended_at,
is_final(task, unit) and 1 or 0, err or false, result or false, unit[12] or false,
}
end
function readable_task()
local task = load(ARGV[3])
if task and is_gone(task) then task = false end
local token, id = tonumber(ARGV[4]), tonumber(ARGV[5])
if token and not (task and task[12] == 5 and cold(task).claim_token == token) then return 'stale' end
if id and not (task and task[11] == id) then return 'stale' end
if not task or task[12] == 8 then return 'not-found' end
task[3], task[4], task[5], task[6] = KEYS[16], KEYS[17], KEYS[18], KEYS[19]
return task
end
function holder_code(task, holder)
if holder ~= one_holder then one_holder, one_packed = holder, pack({ holder }) end
if task[10] == '' then task[10] = one_packed end
return task[10] == one_packed and 1 or add_holder(task, holder)
end
function takes_units(task)
return task[12] == 1 or task[12] == 2 and now < task[26]
end
function lock_deadline(task, hold_until, ttl)
local deadline = min(now + ttl, hold_until)
return task[26] > 0 and min(deadline, task[26]) or deadline
end
function note_deadline(task, deadline)
if deadline < task[25] then task[25] = deadline end
if task[34] > 0 then task[35] = min(task[35], deadline) end
end
function granted(count, token, deadline, hold_until)
if count > 0 then answer(format('%dL%d %d %d', count, token, deadline, hold_until)) end
end
function new_lock(at)
local task = group.task or create(tonumber(ARGV[at + 1]))
local nonce, holder = ARGV[at], ARGV[at + 4]
local token, hold_until = next_token(), now + tonumber(ARGV[at + 3])
local deadline = lock_deadline(task, hold_until, tonumber(ARGV[at + 2]))
local code = holder_code(task, holder)
if code ~= 0 then holder = '' end
note_deadline(task, deadline)
return token, deadline, hold_until, struct.pack('>BI7I6I6I6I6BHc0I6HHc0', 0, token, now, now, deadline, hold_until, code,
#nonce, nonce, 0, 0, #holder, holder)
end
function all_new(values, results, count)
for i = 1, count do
if values[i] or results and results[i] then return false end
end
return true
end
function lock(at)
local count, first = tonumber(ARGV[at + 6]), at + 7
local last = first + count - 1
local task = group.task
local values = call('HMGET', group[1], unpack(ARGV, first, last))
local results = task and task[17] > 0 and call('HMGET', group[2], unpack(ARGV, first, last))
local takes = not task or takes_units(task) and task[16] + task[17] < 999000
if not takes or not all_new(values, results, count) then
lock_one_by_one(at, values, results)
return last + 1
end
local token, deadline, hold_until, value = new_lock(at)
task = group.task
local fields = {}
for i = 1, count do fields[i * 2 - 1], fields[i * 2] = ARGV[first + i - 1], value end
call('HSET', task[3], unpack(fields))
task[16] = task[16] + count
if task[16] > 128 and task[16] - count <= 128 then spread(task[3]) end
settle(task)
granted(count, token, deadline, hold_until)
return last + 1
end
function refused(task, unit, nonce, is_done, takes, refresh)
local is_locked = unit and unit_state(task, unit) == 0
if is_locked and unit[8] == nonce then return 'repeated' end
if is_done and keeps_results(task) then return 'done' end
if not takes then return 'late' end
if is_locked and unit[5] > now then return refresh and 'refreshed' or 'held' end
local units = task and task[16] + task[17] + task[18] + task[19] + task[20] or 0
if not unit and units >= 1000000 then return 'full' end
end
function answer_refused(word, task, name, unit, ttl)
if word == 'repeated' then
granted(1, unit[2], unit[5], unit[6])
elseif word == 'done' then
local result = call('HGET', task[5], name)
answer(result and '1K1' or '1K0')
if result then answer(result) end
elseif word == 'late' then
answer(format('1T%d', state_of(task)))
elseif word == 'held' then
answer(format('1H%d %s', unit[5], holder_name(task, unit)))
elseif word == 'full' then
answer('1F')
else
local deadline = lock_deadline(task, unit[6], ttl)
call('HSET', task[3], name, encode_unit(unit, 0, now, deadline, 0, 0))
note_deadline(task, deadline)
settle(task)
granted(1, unit[2], deadline, unit[6])
end
end
function keeps_results(task)
return task[12] ~= 6 or option(task, 10) == 0
end
function leave_state(task, name, unit)
local state = unit_state(task, unit)
if state == 0 then
task[16] = task[16] - 1
elseif state == 3 then
task[20] = task[20] - 1
else
call('HDEL', task[6], 'u:' .. name)
if is_final(task, unit) then
task[19] = task[19] - 1
count_expected(task, name, 1)
else
task[18] = task[18] - 1
end
end
end
function lock_one_by_one(at, values, results)
local nonce, ttl, refresh = ARGV[at], tonumber(ARGV[at + 2]), ARGV[at + 5] == '1'
local first = at + 7
local task = group.task
local is_kept = task and task[12] ~= 8
local takes = not task or takes_units(task)
local fields, written, run = {}, 0, 0
local token, deadline, hold_until, value
for i = 1, #values do
local name = ARGV[first + i - 1]
local unit = is_kept and values[i] and decode_unit(values[i])
local word = refused(task, unit, nonce, is_kept and results and results[i], takes, refresh)
if word then
granted(run, token, deadline, hold_until)
run = 0
answer_refused(word, task, name, unit, ttl)
else
if not value then
token, deadline, hold_until, value = new_lock(at)
task, is_kept = group.task, true
end
if unit then leave_state(task, name, unit) end
task[16] = task[16] + 1
fields[written + 1], fields[written + 2] = name, value
written = written + 2
run = run + 1
end
end
granted(run, token, deadline, hold_until)
if written > 0 then
call('HSET', task[3], unpack(fields, 1, written))
settle(task)
end
end
function end_row()
if row_length > 0 then answer(format('%dD0 %d %d %d', row_length, row_state, row_left, row_done)) end
row_length = 0
end
function answer_progress(task, released)
local state, left, done = state_of(task), outstanding(task), task[17]
if released then
end_row()
answer(format('1D1 %d %d %d', state, left, done))
elseif row_length > 0 and state == row_state and left == row_left - row_length and done == row_done + row_length then
row_length = row_length + 1
else
end_row()
row_length, row_state, row_left, row_done = 1, state, left, done
end
end
function is_pending(task, unit)
return task[12] <= 2 and unit[1] ~= 2
end
function leave_lock(task, unit)
if unit_state(task, unit) == 0 then
task[16] = task[16] - 1
task[23] = now
if task[16] == 0 then task[25] = 9007199254740991 end
else
task[20] = task[20] - 1
end
end
function write_done(task, first, last, done, stored)
local moved = last - first + 1
if #stored > 0 then call('HSET', task[5], unpack(stored)) end
call('HSET', task[4], unpack(done))
call('HDEL', task[3], unpack(ARGV, first, last))
task[17] = task[17] + moved
if task[17] >= 64 and task[17] - moved < 64 then spread(task[4]) end
end
function plain_units(task, values, token)
local value = values[1]
local unit = value and task[12] <= 2 and task[27] < 0 and decode_unit(value)
if not unit or token and token ~= unit[2] or unit_state(task, unit) ~= 0 then return 0 end
local count = min(#values, task[16] - 1)
for i = 2, count do
if values[i] ~= value then return i - 1 end
end
return count
end
function unlock_plain(task, first, count, value, results)
local record = encode_done(decode_unit(value), '')
local done, stored = {}, {}
for i = 1, count do
local name = ARGV[first + i - 1]
done[i * 2 - 1], done[i * 2] = name, record
if results then stored[i * 2 - 1], stored[i * 2] = name, ARGV[results + i] end
end
answer(format('%dD0 %d %d %d', count, task[12], outstanding(task) - 1, task[17] + 1))
write_done(task, first, first + count - 1, done, stored)
task[16] = task[16] - count
task[23] = now
end
function unlock(at)
local token, flags, count = tonumber(ARGV[at]), ARGV[at + 1], tonumber(ARGV[at + 2])
local first = at + 3
local last = first + count - 1
local after, results, contexts = last, false, false
if flags ~= '' then
if flags ~= 'c' then results, after = after, after + count end
if flags ~= 'r' then contexts, after = after, after + count end
end
local task = group.task
if not task or task[12] == 8 then
answer_ended(count, 'X', '')
return after + 1
end
local values = call('HMGET', task[3], unpack(ARGV, first, last))
if task[17] == 0 then call('HLEN', task[4]) end
if results then call('HLEN', task[5]) end
local plain = contexts and 0 or plain_units(task, values, token)
if plain > 0 then unlock_plain(task, first, plain, values[1], results) end
if plain == count then
settle(task)
return after + 1
end
for i = plain + 1, count do
unlock_one(task, first + i - 1, values[i], token, results and ARGV[results + i], contexts and ARGV[contexts + i] or '')
end
end_row()
return after + 1
end
function unlock_one(task, at, value, token, result, context)
local unit = value and decode_unit(value)
if unit and (not token or token == unit[2]) and is_pending(task, unit) then
leave_lock(task, unit)
write_done(task, at, at, { ARGV[at], encode_done(unit, context) }, result and { ARGV[at], result } or {})
if task[28] == 1 then count_expected(task, ARGV[at], -1) end
local before = task[33]
settle(task)
return answer_progress(task, task[33] ~= before)
end
end_row()
local record = not value and call('HGET', task[4], ARGV[at])
if record and (not token or token == struct.unpack('>I7I6I6I6I6BHc0', record)) then
answer_progress(task, false)
else
answer_ended(1, 'X', '')
end
end
function fail_unit(at)
local token, err, final, name = tonumber(ARGV[at]), ARGV[at + 1], ARGV[at + 2] == '1', ARGV[at + 3]
local task = kept()
local value = task and call('HGET', task[3], name)
local unit = value and decode_unit(value)
if unit and token == unit[2] and unit[1] == 2 then
answer_progress(task, false)
end_row()
elseif unit and token == unit[2] and is_pending(task, unit) then
call('HSET', task[6], 'u:' .. name, err)
local era = final and task[22] or 0
call('HSET', task[3], name, encode_unit(unit, 2, unit[4], unit[5], now, era))
leave_lock(task, unit)
if final then
task[19] = task[19] + 1
count_expected(task, name, -1)
else
task[18] = task[18] + 1
task[24] = now
end
local before = task[33]
settle(task)
answer_progress(task, task[33] ~= before)
end_row()
else
answer_ended(1, 'X', '')
end
return at + 4
end
function extend_lock(at)
local token, ttl, count = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
local first = at + 3
local task = kept()
for i = first, first + count - 1 do
local value = task and call('HGET', task[3], ARGV[i])
local unit = value and decode_unit(value)
local deadline = unit and lock_deadline(task, unit[6], ttl)
if unit and unit[2] == token and unit_state(task, unit) == 0 and deadline > now then
call('HSET', task[3], ARGV[i], encode_unit(unit, 0, now, deadline, 0, 0))
note_deadline(task, deadline)
settle(task)
answer(format('1E%d', deadline))
else
answer_ended(1, 'X', '')
end
end
return first + count
end
function open(at)
local nonce, idle_timeout, info = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
local close_when_idle, close_after = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
local options = at + 5
local known = group.task
if known and cold(known).nonce_open == nonce then
answer(format('1O%d', state_of(known)))
return skip_options(options)
end
if known and known[12] ~= 1 then
answer(format('1T%d', state_of(known)))
return skip_options(options)
end
if known and known[30] > 0 then
answer('1A')
return skip_options(options)
end
call('HLEN', group[4])
local task = known or create(idle_timeout)
task[30] = now
task[31] = close_when_idle or 0
task[32] = close_after and now + close_after or 0
cold(task).nonce_open = nonce
if info ~= '' then call('HSET', KEYS[2], task[1], info) end
local after = name_options(task, options)
event(task, 'opened')
settle(task)
answer(format('1O%d', state_of(task)))
return after
end
function answer_standing(word, task)
answer(format('1%s%d %d %d', word, state_of(task), outstanding(task), task[17]))
end
function close(at)
local nonce, idle_timeout, replace = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2] == '1'
local context, info, options = ARGV[at + 3], ARGV[at + 4], at + 5
local known = group.task
local function inform(task)
local fields = cold(task)
fields.nonce_close = nonce
if context ~= '' then fields.context = context end
if info == '' then
call('HDEL', KEYS[2], task[1])
elseif info ~= '-' then
call('HSET', KEYS[2], task[1], info)
end
end
call('HLEN', group[4])
if known and cold(known).nonce_close == nonce then
answer_standing('C', known)
elseif not known or known[12] == 1 then
local task = known or create(idle_timeout)
inform(task)
local after = name_options(task, options)
close_task(task, 'call')
answer_standing('C', task)
return after
elseif not cold(known).closed_at or known[12] == 8 then
answer_standing('T', known)
elseif known[12] ~= 2 then
answer_standing('A', known)
elseif replace then
inform(known)
local after = name_options(known, options)
set_deadline(known)
cold(known).closed_by = 'call'
settle(known)
answer_standing('C', known)
return after
elseif cold(known).closed_by ~= 'call' then
inform(known)
cold(known).closed_by = 'call'
settle(known)
answer_standing('C', known)
else
answer_standing('A', known)
end
return skip_options(options)
end
function claimed_by(token)
local task = group.task
return task and task[12] == 5 and cold(task).claim_token == token and task
end
function ended_as(token, ended)
local task = group.task
local fields = task and task[12] > 2 and cold(task)
return fields and fields.last_token == token and fields.last_ended == ended and fields
end
function stale()
local task = group.task
local token = task and task[12] == 5 and cold(task).claim_token or 0
answer_ended(1, 'S', format('%d ', token))
end
function complete(at)
local token = tonumber(ARGV[at])
local task = claimed_by(token)
if task then
call('HLEN', task[6])
end_claim(task, 'completed', 0)
complete_task(task, ARGV[at + 1] == '1' and ARGV[at + 2])
answer('1Y')
elseif ended_as(token, 'completed') then
answer('1Y')
else
stale()
end
return at + 3
end
function fail_claim(at)
local token, err, again = tonumber(ARGV[at]), ARGV[at + 1], ARGV[at + 2] == '1'
local delay, random = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
local task = claimed_by(token)
local retrying = not task and ended_as(token, 'retrying')
if task then
fail_attempt(task, err, 'failed', again, delay, random)
if task[12] == 7 then answer('1N') else answer(format('1R%d', cold(task).last_at)) end
elseif retrying then
answer(format('1R%d', retrying.last_at))
elseif ended_as(token, 'failed') then
answer('1N')
else
stale()
end
return at + 5
end
function extend_claim(at)
local token, lease = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
local task = claimed_by(token)
if task then
local fields = cold(task)
fields.lease_until = min(now + lease, fields.timeout_at)
move(task, 5, fields.lease_until)
answer(format('1E%d', fields.lease_until))
else
stale()
end
return at + 2
end
function give_back(at)
local token = tonumber(ARGV[at])
local task = claimed_by(token)
local ended = not task and ended_as(token, 'given-back')
if task then
local fields = cold(task)
fields.give_backs = fields.give_backs + 1
local spent = fields.give_backs > 100
end_claim(task, 'given-back', spent and now or 0)
event(task, 'given-back')
if not spent then fields.attempt = fields.attempt - 1 end
if spent and fields.attempt >= option(task, 1) then
fail_task(task, 'attempts', 'given back too often')
else
enqueue(task, fields.queued)
end
answer(spent and '1G1' or '1G0')
elseif ended then
answer(ended.last_at > 0 and '1G1' or '1G0')
else
stale()
end
return at + 1
end
function clear_final(task)
task[22] = task[22] + 1
task[18] = task[18] + task[19]
task[19] = 0
recount_expected(task)
end
function retry(at)
local nonce, task = ARGV[at], kept()
local fields = task and cold(task)
if not task then
answer('1?')
elseif fields.nonce_retry == nonce then
answer(format('1Y%d', state_of(task)))
elseif task[12] ~= 7 then
answer(format('1T%d', state_of(task)))
else
call('HLEN', task[6])
fields.nonce_retry = nonce
fields.failure, fields.reason, fields.ended_at = false, false, false
if not fields.closed_at then
if task[32] > 0 and task[30] > 0 then task[32] = now + (task[32] - task[30]) end
if task[30] > 0 then task[30] = now end
task[23] = now
clear_final(task)
move(task, 1, now)
event(task, 'retried')
settle(task)
elseif task[33] == 0 then
clear_final(task)
fields.waits_from = now
fields.grace_until = now + max(option(task, 8), 60000)
set_deadline(task)
move(task, 2, now)
event(task, 'retried')
settle(task)
else
fields.attempt, fields.give_backs = 0, 0
event(task, 'retried')
enqueue(task, next_token())
end
answer(format('1Y%d', state_of(task)))
end
return at + 1
end
function release(at)
local nonce, task = ARGV[at], kept()
local fields = task and cold(task)
if not task then
answer('1?')
elseif fields.nonce_release == nonce then
answer(format('1Y%d', state_of(task)))
elseif task[12] == 4 then
enqueue(task, next_token())
fields.nonce_release = nonce
answer(format('1Y%d', state_of(task)))
elseif task[12] <= 2 then
end_locks(task)
if not fields.closed_at then
fields.closed_at, fields.closed_by = now, 'call'
event(task, 'closed')
end
fields.incomplete = task[18] + task[19] + task[20] + unmet(task) > 0
release_task(task)
fields.nonce_release = nonce
answer(format('1Y%d', state_of(task)))
else
answer(format('1T%d', state_of(task)))
end
return at + 1
end
function cancel(at)
local nonce, reason, task = ARGV[at], ARGV[at + 1], kept()
local fields = task and cold(task)
if not task then
answer('1?')
elseif fields.nonce_cancel == nonce then
answer('1Y')
elseif fields.ended_at then
answer(format('1T%d', state_of(task)))
else
fields.nonce_cancel = nonce
end_claim(task, 'overdue', 0)
fail_task(task, 'cancelled', reason)
answer('1Y')
end
return at + 2
end
function remove(at)
local nonce, task = ARGV[at], group.task
local fields = task and cold(task)
if task and fields.nonce_remove == nonce then
answer('1Y')
elseif not task or task[12] == 8 then
answer('1?')
elseif not fields.ended_at then
answer(format('1T%d', state_of(task)))
else
fields.nonce_remove = nonce
fields.ended_at = now
call('HDEL', KEYS[2], task[1])
call('HDEL', KEYS[15], task[1])
call('UNLINK', task[3], task[4], task[5], task[6])
event(task, 'removed')
move(task, 8, now + 300000)
answer('1Y')
end
return at + 1
end
function expire_lock(task, name, unit)
call('HSET', task[3], name, encode_unit(unit, 3, unit[4], unit[5], now, 0))
leave_lock(task, unit)
task[20] = task[20] + 1
task[24] = now
end
function expire_overdue(task, limit)
if task[16] == 0 or task[25] > now then return 0, 0 end
local cursor, least = format('%d', task[34]), task[34] > 0 and task[35] or 9007199254740991
local ended, looked = 0, 0
repeat
local page = call('HSCAN', task[3], cursor, 'COUNT', 500)
local here = cursor
cursor = page[1]
local entries = page[2]
for i = 1, #entries, 2 do
local unit = decode_unit(entries[i + 1])
if unit[1] == 0 and unit[2] > task[21] then
if unit[5] > now then
least = min(least, unit[5])
elseif ended >= limit then
task[34], task[35] = tonumber(here), least
return ended, looked
else
expire_lock(task, entries[i], unit)
ended = ended + 1
end
end
end
looked = looked + #entries / 2
until cursor == '0' or looked >= 1000
if cursor ~= '0' then
task[34], task[35] = tonumber(cursor), least
else
task[34] = 0
local pause = looked >= 1000 and now + 500 or 0
task[25] = task[16] > 0 and max(least, pause) or 9007199254740991
end
return ended, looked
end
function end_waits(task, limit)
local ended, looked = expire_overdue(task, limit)
if now >= task[26] then
ended = ended + task[16]
end_locks(task)
end_waiting(task)
else
settle(task)
end
return ended, looked
end
function end_idleness(task, limit)
local ended, looked = expire_overdue(task, limit)
local idle = task[16] == 0 and idle_end(task) <= now
if task[32] > 0 and task[32] <= now then
close_task(task, 'age')
elseif idle and task[31] > 0 and task[31] <= task[15] then
close_task(task, 'idle')
elseif idle then
fail_task(task, 'never-closed')
else
settle(task)
end
return ended, looked
end
function end_attempt(task, random)
local fields = cold(task)
if not fields.claim_token then return 0 end
local timed_out = fields.timeout_at <= now
if not timed_out and fields.lease_until > now then
move(task, 5, fields.lease_until)
return 0
end
local err = timed_out and '{"name":"TimeoutError","message":"the attempt took longer than its timeout"}'
or '{"name":"LeaseLostError","message":"the lease ran out: the worker is gone"}'
fail_attempt(task, err, 'overdue', true, nil, random)
return 1
end
function clear(task)
local fields = cold(task)
if fields.cleared or record_end(task) <= now then return true end
call('UNLINK', task[3], task[4], task[5])
fields.cleared = true
move(task, 6, record_end(task))
return false
end
function sweep(at)
local id, random, surplus = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 2] == '1'
local limit = tonumber(ARGV[at + 3])
local task = group.task or group.left
local locks, attempts, tasks, removed, looked = 0, 0, 0, 0, 0
local was = task and task[12]
if not task or task[11] ~= id or task[13] > now and not surplus then
was = nil
elseif was == 5 then
attempts = end_attempt(task, random)
elseif was == 2 then
locks, looked = end_waits(task, limit)
if task[12] ~= 2 then tasks = 1 end
elseif was == 1 then
locks, looked = end_idleness(task, limit)
if task[12] ~= 1 then tasks = 1 end
elseif was == 4 then
enqueue(task, next_token())
tasks = 1
elseif surplus and was == 6 and cold(task).ended_at + 300000 > now then
was = nil
elseif surplus or was == 7 or was == 8 or was == 6 and clear(task) then
forget(task)
group.task, group.left = nil, nil
removed = 1
end
if was and group.left then save(group.left) end
answer(format('1W%d %d %d %d %d', locks, attempts, tasks, removed, looked))
return at + 4
end
function end_old_locks(at)
local ms, cursor = tonumber(ARGV[at]), ARGV[at + 1]
local task = group.task
local ended, looked = 0, 0
if not task or task[12] > 2 then
answer('1W0 0')
return at + 2
end
if task[16] == 0 then cursor = '0' end
while task[16] > 0 do
local page = call('HSCAN', task[3], cursor, 'COUNT', 500)
cursor = page[1]
local entries = page[2]
for i = 1, #entries, 2 do
local unit = decode_unit(entries[i + 1])
if unit[1] == 0 and unit[2] > task[21] and max(0, now - unit[4]) >= ms then
expire_lock(task, entries[i], unit)
ended = ended + 1
end
end
looked = looked + #entries / 2
if cursor == '0' or looked >= 1000 then break end
end
settle(task)
answer(format('1W%d %s', ended, cursor))
return at + 2
end
local OTHERS = {
['failUnit'] = fail_unit, ['extendLock'] = extend_lock, ['open'] = open, ['close'] = close,
['complete'] = complete, ['failClaim'] = fail_claim, ['extendClaim'] = extend_claim, ['giveBack'] = give_back,
['retry'] = retry, ['release'] = release, ['cancel'] = cancel, ['remove'] = remove,
['sweep'] = sweep, ['endOldLocks'] = end_old_locks,
}
function other_verb(name)
return OTHERS[name]
end
function apply_group(runs, packed)
if packed then
local task = attach(decode_task(group.name, packed))
if task[12] >= 6 and is_gone(task) then group.left = task else group.task = task end
end
for _ = 1, runs do
local verb = ARGV[place]
if verb == 'lock' then
place = lock(place + 1)
elseif verb == 'unlock' then
place = unlock(place + 1)
else
place = other_verb(verb)(place + 1)
end
end
if group.task then save(group.task) end
end
function set_aside(id, name)
local member = struct.pack('>I6', tonumber(id)) .. name
for shelf = 1, 8 do call('ZREM', KEYS[2 + shelf], member) end
end
function apply()
answers, answered, place, row_length = {}, 0, 4, 0
begin_records()
local count = tonumber(ARGV[3])
local names = { '' }
for i = 1, count do
names[i + 1] = ARGV[place]
place = place + 3 + tonumber(ARGV[place + 2])
end
local packed = call('HMGET', KEYS[1], unpack(names))
local mismatch = read_shard(packed[1])
if mismatch then return mismatch end
place = 4
for i = 1, count do
local key = 11 + i * 4
local runs, first, next_group = tonumber(ARGV[place + 1]), place + 3, place + 3 + tonumber(ARGV[place + 2])
group = { KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], KEYS[key + 4], name = ARGV[place] }
local before = answered
place = first
local ok, err = pcall(apply_group, runs, packed[i + 1])
if not ok then
for j = before + 1, answered do answers[j] = nil end
answered = before
if ARGV[first] == 'sweep' then set_aside(ARGV[first + 1], group.name) end
answer('1!' .. (type(err) == 'table' and err.err or tostring(err)))
end
place = next_group
end
write_records()
answers[answered + 1] = now
return answers
end
function readable(name)
local ok, task = pcall(load, name)
return ok and task or nil
end
function first_of(shelf, limit)
local members = call('ZRANGE', KEYS[2 + shelf], 0, limit - 1)
for i = 1, #members do
local task = readable(name_of(members[i]))
if task and task[12] == shelf and member_of(task) == members[i] then return task end
call('ZREM', KEYS[2 + shelf], members[i])
end
return #members > 0 and first_of(shelf, limit)
end
function ripen()
local ripe = call('ZRANGEBYSCORE', KEYS[2 + 4], '-inf', now, 'LIMIT', 0, 100)
for i = 1, #ripe do
local task = readable(name_of(ripe[i]))
if task and member_of(task) == ripe[i] then
enqueue(task, next_token())
save(task)
write_records()
else
call('ZREM', KEYS[2 + 4], ripe[i])
end
end
end
function next_task(nonce, lease, worker)
ripen()
local task = first_of(3, 1)
if not task then return nil end
local fields = cold(task)
fields.attempt = fields.attempt + 1
fields.runs = fields.runs + 1
fields.timeout_at = now + option(task, 2)
fields.lease_until = min(now + lease, fields.timeout_at)
fields.claim_token, fields.claim_nonce, fields.claim_worker, fields.claim_since = next_token(), nonce, worker, now
move(task, 5, fields.lease_until)
call('HSET', KEYS[12], nonce, task[1])
event(task, 'claimed')
save(task)
write_records()
return task
end
function task_for(nonce, lease, worker)
local name = call('HGET', KEYS[12], nonce)
if not name then return not only_look and next_task(nonce, lease, worker) end
local task = readable(name)
return task and task[12] == 5 and cold(task).claim_nonce == nonce and task
end
function forget_ended_claims()
local nonces = call('ZRANGEBYSCORE', KEYS[13], '-inf', now, 'LIMIT', 0, 200)
if #nonces == 0 then return end
call('HDEL', KEYS[12], unpack(nonces))
call('ZREM', KEYS[13], unpack(nonces))
end
function claim()
only_look = ARGV[3] == '1'
begin_records()
forget_ended_claims()
local reply, bytes = { now, 0, false }, 0
for i = 1, tonumber(ARGV[4]) do
local at = 2 + i * 3
local task = bytes < 1048576 and task_for(ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2])
if task then
local fields = cold(task)
local info = call('HGET', KEYS[2], task[1])
bytes = bytes + (info and #info or 0)
local short = fields.incomplete and call('HGET', KEYS[15], task[1])
reply[3 + i] = {
task[1], task[11], task[14], fields.claim_token, fields.attempt, option(task, 1), info, fields.lease_until,
fields.timeout_at, fields.closed_at or task[14], task[33] > 0 and task[33] or now, task[17],
short and cmsgpack.unpack(short) or false, fields.context or false,
}
else
reply[3 + i] = false
end
end
local waiting = call('ZCARD', KEYS[2 + 3])
if waiting > 0 then call('ZADD', KEYS[14], 0, 'm') else call('ZREM', KEYS[14], 'm') end
reply[2] = waiting
local delayed = call('ZRANGE', KEYS[2 + 4], 0, 0, 'WITHSCORES')
if delayed[2] then reply[3] = tonumber(delayed[2]) end
return reply
end
function due()
local limit, only_attempts = tonumber(ARGV[3]), ARGV[4] == '1'
local ORDER = { 5, 2, 1, 4, 6, 7, 8 }
local reply = { now, false }
local function add(members, surplus)
for i = 1, #members do
reply[#reply + 1] = struct.unpack('>I6', members[i])
reply[#reply + 1] = surplus
reply[#reply + 1] = name_of(members[i])
end
limit = limit - #members
end
local next_due = 9007199254740991
for i = 1, only_attempts and 1 or #ORDER do
local shelf = KEYS[2 + ORDER[i]]
if limit > 0 then add(call('ZRANGEBYSCORE', shelf, '-inf', now, 'LIMIT', 0, limit), 0) end
end
for i = 1, #ORDER do
local first = call('ZRANGE', KEYS[2 + ORDER[i]], 0, 0, 'WITHSCORES')
if first[2] then next_due = min(next_due, tonumber(first[2])) end
end
if not only_attempts then
for shelf, cap in pairs({ [7] = 10000, [6] = 100000 }) do
local surplus = min(call('ZCARD', KEYS[2 + shelf]) - cap, limit)
if surplus > 0 then add(call('ZRANGE', KEYS[2 + shelf], 0, surplus - 1), 1) end
end
end
if next_due < 9007199254740991 then reply[2] = next_due end
return reply
end
function events()
local reply = { shard[4], 0 }
local function sequence_of(entry)
return tonumber(string.match(entry[1], '^%d+'))
end
if ARGV[3] ~= '' then
local first = call('XRANGE', KEYS[11], '-', '+', 'COUNT', 1)[1]
if first then reply[2] = sequence_of(first) end
local listed = call('XRANGE', KEYS[11], '(' .. ARGV[3] .. '-0', '+', 'COUNT', ARGV[4])
for i = 1, #listed do
reply[#reply + 1] = sequence_of(listed[i])
reply[#reply + 1] = listed[i][2][2]
end
end
return reply
end
local TYPES = {
'hash', 'hash', 'zset', 'zset', 'zset', 'zset', 'zset', 'zset', 'zset', 'zset',
'stream', 'hash', 'zset', 'zset', 'hash',
}
function hello(keys)
bind()
local reply = { redis.REDIS_VERSION, call('INFO', 'server') .. call('INFO', 'memory') }
for i = 1, #keys do
local found = call('TYPE', keys[i]).ok
if found ~= 'none' and found ~= TYPES[i] then reply[#reply + 1] = keys[i] end
end
return reply
end
function by_deadline(a, b)
if a[1].deadline ~= b[1].deadline then return a[1].deadline < b[1].deadline end
if a[1].token ~= b[1].token then return a[1].token < b[1].token end
return a[2] < b[2]
end
function units_of(task)
local live, failed, expired, ended = {}, {}, {}, {}
if task[16] + task[18] + task[19] + task[20] == 0 then return live, failed end
local cursor, looked = '0', 0
repeat
local page = call('HSCAN', task[3], cursor, 'COUNT', 500)
cursor = page[1]
local entries = page[2]
for i = 1, #entries, 2 do
local unit = decode_unit(entries[i + 1])
local list = unit[1] == 2 and failed or unit[1] == 3 and expired
or unit[2] > task[21] and live or ended
list[#list + 1] = { unit, entries[i] }
end
looked = looked + #entries / 2
until cursor == '0' or looked >= 1000
local function first(list, into)
table.sort(list, by_deadline)
for i = 1, min(#list, 10 - #into) do
local unit, name = list[i][1], list[i][2]
local err = unit[1] == 2 and call('HGET', task[6], 'u:' .. name)
into[#into + 1] = unit_view(task, name, unit, err, false)
end
return into
end
return first(live, {}), first(ended, first(expired, first(failed, {})))
end
function claim_view(fields)
if not fields.claim_token then return false end
return { fields.claim_token, fields.claim_worker, fields.claim_since, fields.lease_until, fields.timeout_at }
end
function attempt_errors(task, fields)
local errors, names = {}, {}
for run = max(1, fields.runs - 99), fields.runs do names[#names + 1] = format('a:%d', run) end
if #names == 0 then return errors end
for _, packed in ipairs(call('HMGET', task[6], unpack(names))) do
if packed then errors[#errors + 1] = cmsgpack.unpack(packed) end
end
return errors
end
function detail(task)
local fields = cold(task)
local is_open, is_locked = task[12] == 1, task[12] == 2
local waits = is_locked and task[18] + task[20] > 0
local is_short = task[12] ~= 6 and task[18] + task[19] + task[20] + unmet(task) > 0
local live, troubled = units_of(task)
local names = task[28] == 1 and call('HGET', task[6], 'expect')
return {
task_view(task), call('HGET', KEYS[2], task[1]), call('HGET', task[6], 'result'), task[26] > 0 and task[26],
waits and grace_end(task), is_open and task[16] == 0 and idle_end(task), is_open and task[32] > 0 and task[32],
claim_view(fields), is_short and shortfall(task), unmet(task), live, troubled, attempt_errors(task, fields),
fields.options or {}, task[28] == 1 and (names and cmsgpack.unpack(names) or {}) or task[27],
}
end
function inspect()
local reply = { now }
for i = 3, #ARGV do
local key = 15 + (i - 3) * 4
local ok, view = pcall(function()
local task = load(ARGV[i])
if not task or is_gone(task) or task[12] == 8 then return false end
task[3], task[4] = KEYS[key + 1], KEYS[key + 2]
task[5], task[6] = KEYS[key + 3], KEYS[key + 4]
return detail(task)
end)
reply[i - 1] = ok and view or not ok and (type(view) == 'table' and view.err or tostring(view)) or false
end
return reply
end
function stats()
local reply = {}
for shelf = 1, 7 do reply[shelf] = call('ZCARD', KEYS[2 + shelf]) end
reply[8], reply[9] = shard[6], shard[7]
return reply
end
function tasks()
local shelf, limit = KEYS[2 + tonumber(ARGV[3])], tonumber(ARGV[4])
local from = 0
if ARGV[5] then
local score, id = ARGV[5], tonumber(ARGV[6])
local last = struct.pack('>I6', id) .. ARGV[7]
local rank = call('ZRANK', shelf, last)
if rank and tonumber(call('ZSCORE', shelf, last)) == tonumber(score) then
from = rank + 1
else
from = call('ZCOUNT', shelf, '-inf', '(' .. score)
local low, high = from, call('ZCOUNT', shelf, '-inf', score)
while low < high do
local middle = floor((low + high) / 2)
if call('ZRANGE', shelf, middle, middle)[1] <= last then low = middle + 1 else high = middle end
end
from = low
end
end
local members = call('ZRANGE', shelf, from, from + limit - 1, 'WITHSCORES')
local reply = {}
for i = 1, #members, 2 do
local ok, task = pcall(load, name_of(members[i]))
reply[#reply + 1] = members[i + 1]
reply[#reply + 1] = struct.unpack('>I6', members[i])
reply[#reply + 1] = name_of(members[i])
reply[#reply + 1] = ok and task and task_view(task) or false
end
return reply
end
function unit_names()
local task = readable_task()
if type(task) == 'string' then return task end
local part, cursor, count, wanted = ARGV[6], ARGV[7], ARGV[8], tonumber(ARGV[9])
local page = call('HSCAN', part == 'o' and task[3] or task[4], cursor, 'COUNT', count)
local reply, entries = { task[11], page[1], task[17] }, page[2]
for i = 1, #entries, 2 do
if part == 'd' or not wanted or unit_state(task, decode_unit(entries[i + 1])) == wanted then
reply[#reply + 1] = entries[i]
end
end
return reply
end
function units()
local task = readable_task()
if type(task) == 'string' then return task end
local FIRST = 6
local count = #ARGV - FIRST + 1
local values = call('HMGET', task[3], unpack(ARGV, FIRST))
local records = call('HMGET', task[4], unpack(ARGV, FIRST))
local has_results = task[12] ~= 6 or option(task, 10) == 0
local reply, bytes = { count }, 0
for i = 1, count do
local name = ARGV[FIRST + i - 1]
local unit = values[i] and decode_unit(values[i]) or records[i] and decode_done(records[i])
if unit then
local is_done = unit[1] == 1
local size = is_done and has_results and call('HSTRLEN', task[5], name)
or unit[1] == 2 and call('HSTRLEN', task[6], 'u:' .. name) or 0
bytes = bytes + size
if bytes > 1048576 and #reply > 1 then
reply[1] = i - 1
break
end
local result = is_done and size > 0 and call('HGET', task[5], name)
local err = not is_done and size > 0 and call('HGET', task[6], 'u:' .. name)
reply[#reply + 1] = unit_view(task, name, unit, err, result)
end
end
return reply
end
function walk()
local page = call('ZSCAN', KEYS[2 + tonumber(ARGV[3])], ARGV[4], 'COUNT', ARGV[5])
local reply = { page[1] }
for i = 1, #page[2], 2 do reply[#reply + 1] = name_of(page[2][i]) end
return reply
end
function call_on_shard(work)
return function(keys, args)
begin(keys, args)
return read_shard(call('HGET', KEYS[1], '')) or work()
end
end
function apply_calls(keys, args)
begin(keys, args)
return apply()
end
function register(name, callback, flag)
redis.register_function({
function_name = 'tusker_09bd1b41afe0' .. '_' .. name,
callback = callback,
flags = flag and { flag } or {},
})
end
register('apply', apply_calls)
register('apply_draining', apply_calls, 'allow-oom')
register('claim', call_on_shard(claim), 'allow-oom')
register('due', call_on_shard(due), 'no-writes')
register('events', call_on_shard(events), 'no-writes')
register('inspect', call_on_shard(inspect), 'no-writes')
register('stats', call_on_shard(stats), 'no-writes')
register('tasks', call_on_shard(tasks), 'no-writes')
register('unit_names', call_on_shard(unit_names), 'no-writes')
register('units', call_on_shard(units), 'no-writes')
register('walk', call_on_shard(walk), 'no-writes')
register('hello', hello, 'no-writes')
`;
