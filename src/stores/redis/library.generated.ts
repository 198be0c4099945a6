// Linked from lua/ by scripts/lua.mjs. Do not edit.
export const LIBRARY_NAME = 'tusker_831f48f2f5f3';
export const LIBRARY: string = `#!lua name=tusker_831f48f2f5f3
local unit_key, done_key, result_key, extra_key, ended_key
local call, pack, format, sub, min, max, floor
local KEYS, ARGV
local now, now_us
local steps
local memo_lengths = {}
local shard, shard_text
local tasks_by_text = {}
local rest_changed
local DEFAULTS = { 5, 900000, 1000, 2, 300000, 0.5, false, 60000, 0, 1, 3600000 }
local cold_by_text = {}
local units_by_value = {}
local records, recorded = {}, 0
local pairs_at_hand = {}
local answers, answered = {}, 0
local group = {}
local lists_by_text, lists_bytes = {}, 0
local lock_nonce
local row_length, row_state, row_left, row_done = 0, 0, 0, 0
local runs_by_text = {}
local runs_of_text = {}
local plans_by_text = {}
local place
local page
local ripe_at
local bind,memorize,memorize_short,begin,changing_shard,run_on,read_shard,pack_shard,next_token,decode_task,encode_task,member_of,unmet,outstanding,idle_end,state_of,cold,pack_cold,option,acknowledged_at,is_spared,record_end,is_gone,cancelled,grace_end,name_of,decode_unit,peek_unit,decode_all,encode_lock,encode_unit,encode_done,unit_state,load,save,write_records,pair_all,spread,event,move,enqueue,end_claim,answer,create,forget,kept,more,answer_why,answer_lost,look_again,settle,decode_asked,holder_code,takes_units,lock_deadline,note_deadline,granted,new_lock,all_new,lock,lock_by,refused,answer_refused,keeps_results,leave_state,lock_one_by_one,end_row,answer_progress,is_pending,leave_lock,write_done,plain_units,unlock_plain,unlock,unlock_one,decode_run,decode_runs,decode_plan,keeps_to_few_keys,apply_runs,set_aside,apply,read_queue,decode_readable,readable,look_at_delayed,ripen,first_ready,next_task,claimed_before,forget_ended_claims,claimed_row,claim,is_young,old_tombstones,follow_clock,removable,due,events,failed_tasks,stats,tasks,units,call_on_shard,apply_calls,claim_tasks,register
local seldom = {}
function bind()
call, pack = redis.call, cmsgpack.pack
format, sub = string.format, string.sub
min, max, floor = math.min, math.max, math.floor
end
function memorize(memo, text, value)
local length = (memo_lengths[memo] or 0) + 1
if length > 1000 then
for known in pairs(memo) do memo[known] = nil end
length = 1
end
memo_lengths[memo] = length
memo[text] = value
return value
end
function memorize_short(memo, text, value)
return #text <= 1000 and memorize(memo, text, value) or value
end
function begin(keys, args)
if not call then bind() end
KEYS, ARGV = keys, args
steps = 0
if args[1] == '' then
local time = call('TIME')
now_us = time[1] * 1000000 + time[2]
now = floor(now_us / 1000)
else
now = tonumber(args[1])
now_us = now * 1000
end
end
function changing_shard()
shard_text = false
return shard
end
function run_on()
if now + shard[10] < shard[9] then changing_shard()[10] = shard[9] - now end
now, now_us = now + shard[10], now_us + shard[10] * 1000
end
function read_shard(packed, shards)
if not packed then
shard = { 3, shards, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
elseif packed ~= shard_text then
if string.byte(packed) > 3 then
return redis.error_reply(format('TUSKERLAYOUT %d %d', string.byte(packed), 3))
end
shard = { struct.unpack('>BHI7I6I6I6I6I6I6I6I6', packed .. string.rep('\\0', 58 - #packed)) }
if shard[1] < 3 then
if shard[1] == 1 then shard[8] = shard[5] end
shard[1] = 3
packed = false
end
end
shard_text = packed
if shard[2] ~= shards then
return redis.error_reply(format('TUSKERSHARDS %d %d', shard[2], shards))
end
if shard[10] > 0 or now < shard[9] then run_on() end
end
function pack_shard()
shard_text = struct.pack('>BHI7I6I6I6I6I6I6I6I6', unpack(shard, 1, 11))
return shard_text
end
function next_token()
local token = max(shard[3] + 1, now_us)
changing_shard()[3] = token
return token
end
function decode_task(name, packed)
local task = tasks_by_text[packed]
if task then
tasks_by_text[packed] = nil
task[1] = name
return task
end
task = { name, false, false, false, false, struct.unpack('>Hc0BI7I4I4I7I6', packed) }
local at = task[13]
local rest = { struct.unpack('>I6I6I6I4I4I4I7I4I6I6i4BI4I6I6I6I6I6I7', packed, at) }
for i = 1, #rest do task[12 + i] = rest[i] end
task[4], task[5] = task[7], task[8]
task[32], task[33] = sub(packed, task[32]), sub(packed, at)
return task
end
function encode_task(task)
if rest_changed then
if task[2] then task[32] = pack_cold(task[2]) end
task[33] = struct.pack('>I6I6I6I4I4I4I7I4I6I6i4BI4I6I6I6I6I6I7', unpack(task, 13, 31)) .. task[32]
end
local packed = struct.pack('>Hc0BI7I4I4I7I6', #task[6], unpack(task, 6, 12)) .. task[33]
if task[7] <= 2 then
task[2], task[3] = false, false
memorize(tasks_by_text, packed, task)
end
return packed
end
function member_of(task)
return struct.pack('>I6', task[13]) .. task[1]
end
function unmet(task)
if task[23] < 0 then return 0 end
if task[24] == 1 then return task[25] end
return max(0, task[23] - task[10])
end
function outstanding(task)
if task[7] > 2 then return 0 end
if task[23] < 0 then return task[9] + task[16] + task[18] end
return max(task[9], unmet(task))
end
function idle_end(task)
if task[27] == 0 then return task[12] + task[15] end
return task[12] + min(task[15], task[27])
end
function state_of(task)
if task[7] == 4 then return 3 end
if task[7] == 8 then return cold(task)[20] and 7 or 6 end
return task[7]
end
function cold(task)
local fields, packed = task[2], task[32]
if fields then return fields end
if packed == '' then
fields = {
false, false, false, task[14], 0, 0, 0, 0, 0, false, false, false, false, false, false, false, false, false, false,
false, false, false, false, false, false, false, false, false, false, false, false,
}
else
fields = { unpack(cold_by_text[packed] or memorize(cold_by_text, packed, cmsgpack.unpack(packed)), 1, 31) }
end
task[2] = fields
return fields
end
function pack_cold(fields)
local packed = pack(fields)
if not cold_by_text[packed] then memorize(cold_by_text, packed, { unpack(fields, 1, 31) }) end
return packed
end
function option(task, which)
local options = cold(task)[30]
local named = options and options[which] or ''
if named == '' or named == '-' then return DEFAULTS[which] end
return tonumber(named)
end
function acknowledged_at(task)
local letter = cold(task)[31]
return letter and letter[7] > 0 and letter[7]
end
function is_spared(task)
return task[7] == 7 and shard[11] > 0 and not acknowledged_at(task)
end
function record_end(task)
if is_spared(task) then return 9007199254740991 end
if task[7] == 6 then return cold(task)[3] + option(task, 11) end
if task[7] == 7 then return cold(task)[3] + 604800000 end
if task[7] == 8 then return cold(task)[3] + 300000 end
return 9007199254740991
end
function is_gone(task)
return task[7] >= 6 and record_end(task) <= now
end
function cancelled(task)
local fields = task[7] >= 7 and cold(task)
return fields and fields[20] == 'cancelled' and (fields[21] or '')
end
function grace_end(task)
local fields = cold(task)
return max(max(task[21], fields[1] or 0) + option(task, 8), fields[5])
end
function name_of(member)
return sub(member, 7)
end
function decode_unit(value)
local unit = units_by_value[value]
if unit then return unit end
if string.byte(value) == 4 then
local _, token, locked_at, deadline, hold_until, holder, nonce = struct.unpack('>BI7I6I6I6BHc0', value)
unit = { 0, token, locked_at, locked_at, deadline, hold_until, holder, nonce, 0, 0, '', false }
else
unit = { struct.unpack('>BI7I6I6I6I6BHc0I6HHc0', value) }
unit[12] = false
end
return memorize(units_by_value, value, unit)
end
function peek_unit(value)
if string.byte(value) == 4 then
local _, token, locked_at, deadline = struct.unpack('>BI7I6I6', value)
return 0, token, deadline, locked_at
end
local state, token, _, renewed_at, deadline = struct.unpack('>BI7I6I6I6', value)
return state, token, deadline, renewed_at
end
function decode_all(values, first, last)
for i = first, last do
if values[i] then decode_unit(values[i]) end
end
end
function encode_lock(token, deadline, hold_until, holder, nonce, name)
local value = holder > 0
and struct.pack('>BI7I6I6I6BHc0', 4, token, now, deadline, hold_until, holder, #nonce, nonce)
or struct.pack('>BI7I6I6I6I6BHc0I6HHc0', 0, token, now, now, deadline, hold_until, 0, #nonce, nonce, 0, 0,
#name, name)
memorize(units_by_value, value,
{ 0, token, now, now, deadline, hold_until, holder, nonce, 0, 0, holder > 0 and '' or name, false })
return value
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
if unit[1] == 0 and unit[2] <= task[19] then return 3 end
return unit[1]
end
function seldom.decode_done(value)
local token, locked_at, renewed_at, deadline, ended_at, holder, name, at = struct.unpack('>I7I6I6I6I6BHc0', value)
local context = sub(value, at)
return { 1, token, locked_at, renewed_at, deadline, 0, holder, '', ended_at, 0, name, context ~= '' and context }
end
function seldom.is_final(task, unit)
return unit[1] == 2 and unit[10] == task[20]
end
function seldom.holder_name(task, unit)
if unit[7] == 0 then return unit[11] end
return cmsgpack.unpack(task[6])[unit[7]]
end
function seldom.add_holder(task, holder)
local holders = task[6] == '' and {} or cmsgpack.unpack(task[6])
for i = 1, #holders do
if holders[i] == holder then return i end
end
if #holders >= 16 then return 0 end
holders[#holders + 1] = holder
task[6] = pack(holders)
return #holders
end
function seldom.history_of(name)
local packed = call('HGET', extra_key, 'h:' .. name)
if not packed then return { 0, 0, 0, '' } end
local era, tries, free_from, at = struct.unpack('>I4HI6', packed)
return { era, tries, free_from, sub(packed, at) }
end
function seldom.write_history(name, history)
local packed = struct.pack('>I4HI6', history[1], history[2], history[3]) .. history[4]
call('HSET', extra_key, 'h:' .. name, packed)
end
function seldom.unit_limits(task)
local options = cold(task)[30]
return options and options[12] and options
end
function seldom.unit_delay(options, tries, token)
local base, factor, longest, jitter = string.match(options[13], '^(%S+) (%S+) (%S+) (%S+)$')
if not base then return 0 end
local full = min(tonumber(longest), tonumber(base) * tonumber(factor) ^ (min(tries, 100) - 1))
return floor(full * (1 - tonumber(jitter) * (token % 1000 / 1000)) + 0.5)
end
function seldom.count_try(task, name, unit)
local options = seldom.unit_limits(task)
if not options then return false, now end
local history = seldom.history_of(name)
if history[1] ~= task[20] then history[1], history[2] = task[20], 0 end
history[2] = min(65535, history[2] + 1)
local delay = seldom.unit_delay(options, history[2], unit[2])
history[3] = delay > 0 and now + delay or 0
seldom.write_history(name, history)
local most = tonumber(options[12])
return most and history[2] >= most, now + delay
end
function seldom.fail_for_good(task, name)
task[17] = task[17] + 1
seldom.count_expected(task, name, -1)
end
function seldom.begin_grace(task, free_from)
task[21] = max(task[21], free_from)
end
function seldom.kept_back(task, name, unit)
local options = seldom.unit_limits(task)
if not options then return false, 0, unit end
if unit_state(task, unit) == 0 then
seldom.expire_lock(task, name, unit, false)
unit = decode_unit(call('HGET', unit_key, name))
end
local history, most = seldom.history_of(name), tonumber(options[12])
if history[1] ~= task[20] then return false, 0, unit end
local spent = most and history[2] >= most and seldom.is_final(task, unit)
if not spent and history[3] <= now then return false, 0, unit end
settle(task)
return not takes_units(task) and 'late' or spent and 'failed' or 'waits', history[3], unit
end
function seldom.tries_view(task, name, state)
if state == 1 or not seldom.unit_limits(task) then return 0, false end
local history = seldom.history_of(name)
if history[1] ~= task[20] then return 0, false end
local waits = state ~= 0 and history[3] > 0
return history[2], waits and history[3]
end
function seldom.list_ended(name, is_swept)
local last = tonumber(call('ZRANGE', ended_key, '-1', '-1', 'WITHSCORES')[2]) or 0
local parity = is_swept and 1 or 0
local score = last
if not is_swept or last % 2 == 0 or last < now * 2000 then
score = max(last + 1, now * 2000)
if score % 2 ~= parity then score = score + 1 end
end
call('ZADD', ended_key, format('%d', score), name)
end
function seldom.unlist_ended(name)
call('ZREM', ended_key, name)
end
function seldom.first_by_score(names_by_score, scores, limit)
table.sort(scores)
local first = {}
for i = 1, #scores do
local names = names_by_score[scores[i]]
if type(names) == 'table' then
table.sort(names)
for k = 1, min(#names, limit - #first) do first[#first + 1] = names[k] end
else
first[#first + 1] = names
end
if #first >= limit then break end
end
return first
end
function seldom.add_by_score(names_by_score, scores, score, name)
local others = names_by_score[score]
if not others then
scores[#scores + 1] = score
names_by_score[score] = name
elseif type(others) == 'table' then
others[#others + 1] = name
else
names_by_score[score] = { others, name }
end
end
function seldom.visit_outstanding(hundreds, visit)
local cursor, pages = '0', 0
repeat
local page = call('HSCAN', unit_key, cursor, 'COUNT', 100)
cursor, pages = page[1], pages + 1
local entries = page[2]
steps = steps + #entries
for i = 1, #entries, 2 do
if visit(entries[i], entries[i + 1]) then return end
end
until cursor == '0' or pages >= hundreds
end
function seldom.add_ended_with_task(task, names, limit)
if #names >= min(limit, task[16] + task[17] + task[18]) then return end
seldom.visit_outstanding(10, function(name, value)
local state, token = peek_unit(value)
if state == 0 and token <= task[19] then names[#names + 1] = name end
return #names >= limit
end)
end
function seldom.ended_names_of_old(limit)
local names_by_score, scores, seen = {}, {}, {}
local listed = call('ZRANGE', ended_key, '0', format('%d', limit - 1), 'WITHSCORES')
for i = 1, #listed, 2 do
seldom.add_by_score(names_by_score, scores, tonumber(listed[i + 1]), listed[i])
seen[listed[i]] = true
end
seldom.visit_outstanding(10, function(name, value)
if peek_unit(value) ~= 0 and not seen[name] and not call('ZSCORE', ended_key, name) then
seldom.add_by_score(names_by_score, scores, decode_unit(value)[9] * 2000, name)
end
end)
return seldom.first_by_score(names_by_score, scores, limit)
end
function seldom.ended_names(task, limit)
if task[16] + task[17] + task[18] == 0 then return {} end
if task[13] <= shard[8] then return seldom.ended_names_of_old(limit) end
return call('ZRANGE', ended_key, '0', format('%d', limit - 1))
end
function load(name)
local packed = call('HGET', KEYS[1], name)
return packed and decode_task(name, packed)
end
function save(task)
if task[7] ~= task[4] then
local member = member_of(task)
if task[4] then call('ZREM', KEYS[3 + task[4]], member) end
call('ZADD', KEYS[3 + task[7]], format('%d', task[8]), member)
elseif task[8] ~= task[5] then
call('ZADD', KEYS[3 + task[7]], format('%d', task[8]), member_of(task))
end
task[4], task[5] = task[7], task[8]
records[recorded + 1], records[recorded + 2] = task[1], encode_task(task)
recorded = recorded + 2
end
function write_records()
if now >= shard[9] + 1000 then changing_shard()[9] = now end
if not shard_text or recorded == 0 then
records[recorded + 1], records[recorded + 2] = '', pack_shard()
recorded = recorded + 2
end
call('HSET', KEYS[1], unpack(records, 1, recorded))
recorded = 0
end
function pair_all(first, last, value)
local at = 0
for i = first, last do
pairs_at_hand[at + 1], pairs_at_hand[at + 2] = ARGV[i], value
at = at + 2
end
return at
end
function spread(key)
call('HSET', key, '', string.rep(' ', 65))
call('HDEL', key, '')
end
function event(task, kind)
rest_changed = true
local sequence = max(shard[4] + 1, now * 100)
changing_shard()[4] = sequence
local fields = task[2] or task[32] ~= '' and cold(task)
local text = format('%d %s %d %d %d %s %s', now, kind, state_of(task), task[13], fields and fields[6] or 0,
fields and fields[20] or '-', task[1])
call('XADD', KEYS[2], 'MAXLEN', '~', '10000', format('%d-0', sequence), 'e', text)
end
function move(task, shelf, due)
task[7], task[8] = shelf, due
end
function enqueue(task, place)
cold(task)[9] = place
move(task, 3, place)
event(task, 'released')
call('ZADD', KEYS[3], '0', 'm')
end
function end_claim(task, ended, at)
local fields = cold(task)
if not fields[10] then return end
fields[16], fields[17], fields[18] = fields[10], ended, at
call('ZADD', KEYS[14], format('%d', now + 180000), fields[11])
fields[10], fields[11], fields[12] = false, false, false
fields[13], fields[14], fields[15] = false, false, false
end
function answer(count, word, first, second, third, fourth)
local at = answered + 2
answers[at - 1], answers[at] = count, word
if first then
at = at + 1
answers[at] = first
if second then
at = at + 1
answers[at] = second
if third then
answers[at + 1], answers[at + 2] = third, fourth
at = at + (fourth and 2 or 1)
end
end
end
answered = at
end
function create(idle_timeout)
if group[3] then
forget(group[3])
group[3] = false
end
local id = shard[5] + 1
changing_shard()[5] = id
local task = {
group[1], false, false, false, false, '', 1,
now + idle_timeout, 0, 0, 9007199254740991, now, id, now, idle_timeout, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 9007199254740991, '', '',
}
group[2] = task
event(task, 'created')
return task
end
function forget(task)
call('ZREM', KEYS[3 + task[4]], member_of(task))
call('HDEL', KEYS[1], task[1])
call('HDEL', KEYS[12], task[1])
call('HDEL', KEYS[15], task[1])
call('UNLINK', unit_key, done_key, result_key, extra_key, ended_key)
end
function kept()
local task = group[2]
return task and task[7] ~= 8 and task
end
function more(field)
answered = answered + 1
answers[answered] = field
end
function answer_why()
local task = group[2]
local reason = task and cancelled(task)
more(task and state_of(task) or 0)
more(reason and 1 or 0)
if reason then more(reason) end
end
function answer_lost(count)
answer(count, 'X')
answer_why()
end
function look_again(task, due)
if due < task[8] or task[8] <= now then task[8] = due end
end
function settle(task)
if task[7] == 2 then return seldom.settle_closed(task) end
if task[7] ~= 1 then return end
local met_at = task[23] >= 0 and task[26] > 0 and seldom.met_from(task)
if met_at and met_at <= now then return seldom.close_task(task, 'expect') end
local due = task[9] > 0 and task[11] or idle_end(task)
if met_at then due = min(due, met_at) end
look_again(task, task[28] > 0 and min(due, task[28]) or due)
end
function seldom.memorize_list(packed, list)
if lists_by_text[packed] then return end
lists_bytes = lists_bytes + #packed
if lists_bytes > 1048576 then
for known in pairs(lists_by_text) do lists_by_text[known] = nil end
lists_bytes = #packed
end
lists_by_text[packed] = list
end
function seldom.expected_list(task)
local list = task[3]
if list then return list end
local packed = call('HGET', extra_key, 'expect') or ''
list = lists_by_text[packed]
if not list then
list = { packed ~= '' and cmsgpack.unpack(packed) or {}, false }
steps = steps + #list[1]
seldom.memorize_list(packed, list)
end
task[3] = list
return list
end
function seldom.count_expected(task, unit, by)
if task[24] == 0 then return end
local list = seldom.expected_list(task)
if not list[2] then
local set = {}
for _, name in ipairs(list[1]) do set[name] = true end
list[2] = set
steps = steps + #list[1]
end
if list[2][unit] then task[25] = task[25] + by end
end
function seldom.count_unmet(task)
local list = seldom.expected_list(task)
local names, left = list[1], 0
if task[9] + task[10] + task[16] + task[17] + task[18] == 0 or #names == 0 then return #names end
steps = steps + #names
local values = task[17] > 0 and call('HMGET', unit_key, unpack(names))
local results = call('HMGET', done_key, unpack(names))
for i = 1, #names do
local is_met = results[i] or values and values[i] and seldom.is_final(task, decode_unit(values[i]))
if not is_met then left = left + 1 end
end
return left
end
function seldom.met_from(task)
local left = unmet(task)
if left == 0 then return 0 end
if task[24] == 1 or left > task[17] or task[9] > 0 then return nil end
local fields = cold(task)
return max(max(task[12], fields[1] or 0) + option(task, 8), fields[5])
end
function seldom.undone_names(task, limit)
local list = seldom.expected_list(task)
local names, absent, with_task, failed, expired = list[1], {}, {}, 0, 0
if #names == 0 then return 0, 0, {}, absent, with_task end
steps = steps + 2 * #names
local values = call('HMGET', unit_key, unpack(names))
local results = call('HMGET', done_key, unpack(names))
local ends = call('ZMSCORE', ended_key, unpack(names))
local names_by_score, scores = {}, {}
for i = 1, #names do
local value = values[i]
if value then
local state, token = peek_unit(value)
if state ~= 0 then
if state == 2 then failed = failed + 1 else expired = expired + 1 end
local score = tonumber(ends[i]) or decode_unit(value)[9] * 2000
seldom.add_by_score(names_by_score, scores, score, names[i])
elseif token <= task[19] then
with_task[#with_task + 1] = names[i]
end
elseif not results[i] then
absent[#absent + 1] = names[i]
end
end
return failed, expired, seldom.first_by_score(names_by_score, scores, limit), absent, with_task
end
function seldom.has_all_expected(task)
local list = seldom.expected_list(task)
if #list[1] == 0 then return true end
steps = steps + #list[1]
for _, record in ipairs(call('HMGET', done_key, unpack(list[1]))) do
if not record then return false end
end
return true
end
function seldom.is_short(task)
if task[23] < 0 then return task[16] + task[17] + task[18] > 0 end
if unmet(task) > 0 then return true end
if task[24] == 0 or task[17] == 0 then return false end
return not seldom.has_all_expected(task)
end
function seldom.recount_expected(task)
if task[24] == 1 then task[25] = seldom.count_unmet(task) end
end
function seldom.end_locks(task)
task[19] = shard[3]
if task[9] == 0 then return end
task[18] = task[18] + task[9]
task[9] = 0
task[11] = 9007199254740991
task[21], task[12] = now, now
end
function seldom.shortfall(task)
if task[24] == 0 then
local first = seldom.ended_names(task, 100)
seldom.add_ended_with_task(task, first, 100)
local failed, missing = task[16] + task[17], unmet(task)
return { failed, task[18], missing, first, task[23] < 0 and failed + task[18] or missing }
end
local failed, expired, first, absent, with_task = seldom.undone_names(task, 100)
for _, names in ipairs({ absent, with_task }) do
for i = 1, min(#names, 100 - #first) do first[#first + 1] = names[i] end
end
local total = failed + expired + #absent + #with_task
return { failed, expired + #with_task, #absent, first, total }
end
function seldom.complete_task(task, result)
local fields = cold(task)
fields[3] = now
if fields[19] then call('HDEL', KEYS[15], task[1]) end
if result then call('HSET', extra_key, 'result', result) end
changing_shard()[6] = shard[6] + 1
if option(task, 10) == 1 then
call('UNLINK', result_key)
fields[22] = false
move(task, 6, now + 300000)
else
fields[22] = true
move(task, 6, now + option(task, 11))
end
event(task, 'completed')
end
function seldom.fail_task(task, failure, reason)
seldom.end_locks(task)
local fields = cold(task)
fields[3], fields[20], fields[21] = now, failure, reason or false
changing_shard()[7] = shard[7] + 1
move(task, 7, now + 604800000)
event(task, 'failed')
end
function seldom.release_task(task)
seldom.end_locks(task)
task[29] = now
local fields = cold(task)
if fields[19] then call('HSET', KEYS[15], task[1], pack(seldom.shortfall(task))) end
if option(task, 10) == 0 then
event(task, 'released')
return seldom.complete_task(task, false)
end
enqueue(task, next_token())
end
function seldom.end_waiting(task)
seldom.end_locks(task)
local fields = cold(task)
fields[19] = seldom.is_short(task)
if fields[19] and option(task, 9) == 0 then return seldom.fail_task(task, 'incomplete') end
seldom.release_task(task)
end
function seldom.set_deadline(task)
local fields = cold(task)
local deadline = option(task, 7) or (task[23] < 0 and 86400000 or 3600000)
task[22] = max(fields[4] + deadline, fields[5])
end
function seldom.close_task(task, by)
local fields = cold(task)
fields[1], fields[2], fields[4] = now, by, now
seldom.set_deadline(task)
move(task, 2, now)
event(task, 'closed')
settle(task)
end
function seldom.settle_closed(task)
local deadline = task[22]
if task[9] > 0 then return look_again(task, min(task[11], deadline)) end
local ends_at = 0
if task[23] >= 0 then
ends_at = seldom.met_from(task)
if not ends_at then return move(task, 2, deadline) end
elseif task[16] + task[18] > 0 then
ends_at = grace_end(task)
end
if ends_at > now then return move(task, 2, min(ends_at, deadline)) end
seldom.end_waiting(task)
end
function seldom.fail_attempt(task, err, ended, again, delay, random)
local fields = cold(task)
local attempt = fields[6]
call('HSET', extra_key, format('a:%d', fields[7]),
cmsgpack.pack({ attempt, now, fields[12] or '', err }))
call('HDEL', extra_key, format('a:%d', fields[7] - 100))
if not delay then
local full = min(option(task, 5), option(task, 3) * option(task, 4) ^ (attempt - 1))
delay = max(0, floor(full * (1 - option(task, 6) * random) + 0.5))
end
local at = now + delay
local last = not again or attempt >= option(task, 1)
end_claim(task, ended == 'failed' and not last and 'retrying' or ended, at)
event(task, 'attempt-failed')
if not again then return seldom.fail_task(task, 'fatal') end
if last then return seldom.fail_task(task, 'attempts') end
if delay == 0 then return enqueue(task, next_token()) end
move(task, 4, at)
end
function seldom.merged_option(named, before)
if sub(named, 1, 1) == '~' then named = before == '' and sub(named, 2) or '' end
return named ~= '' and named or before
end
function seldom.name_options(task, at)
local fields = cold(task)
local options = { unpack(fields[30] or {}) }
for i = 1, 11 do
local named, before = ARGV[at + i - 1], options[i] or ''
options[i] = named == '' and before or seldom.merged_option(named, before)
end
fields[30] = options
at = at + 11
local kind = ARGV[at]
if kind == 'u' then
for i = 12, 13 do options[i] = seldom.merged_option(ARGV[at + i - 11], options[i] or '') end
at = at + 3
kind = ARGV[at]
end
local none = options[12] and -2 or -1
if kind == '' then
if task[23] < 0 then task[23] = none end
return at + 1
end
call('HDEL', extra_key, 'expect')
task[3] = false
task[23], task[24] = none, 0
if kind == 'n' then
task[23] = tonumber(ARGV[at + 1])
return at + 2
end
if kind == 'l' then
local count = tonumber(ARGV[at + 1])
local names = {}
for i = 1, count do names[i] = ARGV[at + 1 + i] end
task[23], task[24] = count, 1
if count > 0 then
steps = steps + 2 * count
local packed = pack(names)
call('HSET', extra_key, 'expect', packed)
task[3] = { names, false }
seldom.memorize_list(packed, task[3])
end
seldom.recount_expected(task)
return at + 2 + count
end
return at + 1
end
function seldom.skip_options(at)
at = at + 11
if ARGV[at] == 'u' then at = at + 3 end
local kind = ARGV[at]
if kind == 'n' then return at + 2 end
if kind == 'l' then return at + 2 + tonumber(ARGV[at + 1]) end
return at + 1
end
function seldom.task_view(task)
local fields = cold(task)
local due = task[8]
if task[7] == 7 then due = fields[3] + 604800000 end
return {
task[1], task[13], state_of(task), task[14], fields[1] or false, fields[2] or false,
task[29] > 0 and task[29], fields[3] or false, task[7] ~= 3 and due, task[9], task[10],
task[16] + task[17], task[18], outstanding(task), fields[6], fields[20] or false,
fields[21] or false, task[7] == 7 and acknowledged_at(task) or false,
}
end
function seldom.unit_view(task, name, unit, err, result)
local state = unit_state(task, unit)
local ended_at = unit[9] > 0 and unit[9]
if state == 3 and not ended_at then
ended_at = min(unit[5], task[29] > 0 and task[29] or cold(task)[3] or unit[5])
end
local tries, backoff_until = seldom.tries_view(task, name, state)
return {
name, state, unit[2], seldom.holder_name(task, unit), unit[3], unit[4], unit[5], ended_at,
seldom.is_final(task, unit) and 1 or 0, err or false, result or false, unit[12] or false, tries, backoff_until,
}
end
function seldom.readable_task()
local task = load(ARGV[3])
if task and is_gone(task) then task = false end
local token, id = tonumber(ARGV[4]), tonumber(ARGV[5])
if token and not (task and task[7] == 5 and cold(task)[10] == token) then return 'stale' end
if id and not (task and task[13] == id) then return 'stale' end
if not task or task[7] == 8 then return 'not-found' end
unit_key, done_key, result_key, extra_key, ended_key = KEYS[16], KEYS[17], KEYS[18], KEYS[19], KEYS[20]
return task
end
function decode_asked(text)
local idle_timeout, ttl, max_hold, refresh, holder = string.match(text, '^(%d+) (%d+) (%d+) ([01]) (.*)$')
holder = string.gsub(holder, '%%(%x%x)', function(code) return string.char(tonumber(code, 16)) end)
return { tonumber(idle_timeout), tonumber(ttl), tonumber(max_hold), refresh == '1', holder, pack({ holder }) }
end
function holder_code(task, asked)
if task[6] == '' then task[6] = asked[6] end
return task[6] == asked[6] and 1 or seldom.add_holder(task, asked[5])
end
function takes_units(task)
return task[7] == 1 or task[7] == 2 and now < task[22]
end
function lock_deadline(task, hold_until, ttl)
local deadline = min(now + ttl, hold_until)
return task[22] > 0 and min(deadline, task[22]) or deadline
end
function note_deadline(task, deadline)
if deadline < task[11] then task[11] = deadline end
if task[30] > 0 then
rest_changed = true
task[31] = min(task[31], deadline)
end
end
function granted(count, token, deadline, hold_until)
local at = answered
answers[at + 1], answers[at + 2], answers[at + 3], answers[at + 4], answers[at + 5]
= count, 'L', token, deadline, hold_until
answered = at + 5
end
function new_lock(asked)
local task = group[2] or create(asked[1])
local token, hold_until = next_token(), now + asked[3]
local deadline = lock_deadline(task, hold_until, asked[2])
note_deadline(task, deadline)
local value = encode_lock(token, deadline, hold_until, holder_code(task, asked), lock_nonce, asked[5])
return token, deadline, hold_until, value
end
function all_new(values, results, count)
for i = 1, count do
if values[i] or results and results[i] then return false end
end
return true
end
function lock(first, count, asked)
local task, last = group[2], first + count - 1
local values = call('HMGET', unit_key, unpack(ARGV, first, last))
local results = task and task[10] > 0 and call('HMGET', done_key, unpack(ARGV, first, last))
local takes = not task or takes_units(task) and task[9] + task[10] < 999000
if not takes or not all_new(values, results, count) then
lock_one_by_one(asked, first, values, results)
return last + 1
end
local token, deadline, hold_until, value = new_lock(asked)
task = group[2]
if count == 1 then
call('HSET', unit_key, ARGV[first], value)
else
call('HSET', unit_key, unpack(pairs_at_hand, 1, pair_all(first, last, value)))
end
task[9] = task[9] + count
if task[9] > 128 and task[9] - count <= 128 then spread(unit_key) end
settle(task)
granted(count, token, deadline, hold_until)
return last + 1
end
function lock_by(at, count, asked)
local of_call = lock_nonce
lock_nonce = ARGV[at]
local after = lock(at + 1, count, asked)
lock_nonce = of_call
return after
end
function refused(task, unit, is_done, takes, refresh)
local is_locked = unit and unit_state(task, unit) == 0
if is_locked and unit[8] == lock_nonce then return 'repeated' end
if is_done and keeps_results(task) then return 'done' end
if not takes then return 'late' end
if is_locked and unit[5] > now then return refresh and 'refreshed' or 'held' end
local units = task and task[9] + task[10] + task[16] + task[17] + task[18] or 0
if not unit and units >= 1000000 then return 'full' end
end
function answer_refused(word, task, name, unit, is_done, ttl, free_from)
if word == 'repeated' then
granted(1, unit[2], unit[5], unit[6])
elseif word == 'done' then
local result = call('HGET', result_key, name)
if result then answer(1, 'K', 1, result) else answer(1, 'K', 0) end
elseif word == 'late' then
answer(1, 'T', state_of(task), is_done and 1 or unit and unit_state(task, unit) or -1)
elseif word == 'held' then
answer(1, 'H', unit[5], seldom.holder_name(task, unit))
elseif word == 'waits' then
answer(1, 'H', free_from, '')
elseif word == 'failed' then
local err = call('HGET', extra_key, 'u:' .. name)
if err then answer(1, 'S', 1, err) else answer(1, 'S', 0) end
elseif word == 'full' then
answer(1, 'F')
else
local deadline = lock_deadline(task, unit[6], ttl)
call('HSET', unit_key, name, encode_unit(unit, 0, now, deadline, 0, 0))
note_deadline(task, deadline)
settle(task)
granted(1, unit[2], deadline, unit[6])
end
end
function keeps_results(task)
return task[7] ~= 6 or option(task, 10) == 0
end
function leave_state(task, name, unit)
local state = unit_state(task, unit)
if state ~= 0 then seldom.unlist_ended(name) end
if state == 0 then
task[9] = task[9] - 1
elseif state == 3 then
task[18] = task[18] - 1
else
call('HDEL', extra_key, 'u:' .. name)
if seldom.is_final(task, unit) then
task[17] = task[17] - 1
seldom.count_expected(task, name, 1)
else
task[16] = task[16] - 1
end
end
end
function lock_one_by_one(asked, first, values, results)
rest_changed = true
local task = group[2]
local is_kept = task and task[7] ~= 8
local takes = not task or takes_units(task)
if is_kept then decode_all(values, 1, #values) end
local fields, written, run = {}, 0, 0
local token, deadline, hold_until, value
for i = 1, #values do
local name = ARGV[first + i - 1]
local unit = is_kept and values[i] and decode_unit(values[i])
local is_done = is_kept and results and results[i]
local word = refused(task, unit, is_done, takes, asked[4])
local free_from
if not word and unit then
word, free_from, unit = seldom.kept_back(task, name, unit)
takes = not task or takes_units(task)
end
if word then
if run > 0 then granted(run, token, deadline, hold_until) end
run = 0
answer_refused(word, task, name, unit, is_done, asked[2], free_from)
else
if not value then
token, deadline, hold_until, value = new_lock(asked)
task, is_kept = group[2], true
end
if unit then leave_state(task, name, unit) end
task[9] = task[9] + 1
fields[written + 1], fields[written + 2] = name, value
written = written + 2
run = run + 1
end
end
if run > 0 then granted(run, token, deadline, hold_until) end
if written > 0 then
call('HSET', unit_key, unpack(fields, 1, written))
settle(task)
end
end
function end_row()
if row_length > 0 then answer(row_length, 'D', 0, row_state, row_left, row_done) end
row_length = 0
end
function answer_progress(task, released)
local state, left, done = state_of(task), outstanding(task), task[10]
if released then
end_row()
answer(1, 'D', 1, state, left, done)
elseif row_length > 0 and state == row_state and left == row_left - row_length and done == row_done + row_length then
row_length = row_length + 1
else
end_row()
row_length, row_state, row_left, row_done = 1, state, left, done
end
end
function is_pending(task, unit)
return task[7] <= 2 and unit[1] ~= 2
end
function leave_lock(task, unit)
local state = unit_state(task, unit)
if state == 0 then
task[9] = task[9] - 1
task[12] = now
if task[9] == 0 then task[11] = 9007199254740991 end
else
task[18] = task[18] - 1
end
return state
end
function write_done(task, first, last, record, results)
local moved = last - first + 1
if results then
local stored, at = {}, 0
for i = first, last do
stored[at + 1], stored[at + 2] = ARGV[i], ARGV[i + results]
at = at + 2
end
call('HSET', result_key, unpack(stored, 1, at))
end
if moved == 1 then
call('HSET', done_key, ARGV[first], record)
call('HDEL', unit_key, ARGV[first])
else
call('HSET', done_key, unpack(pairs_at_hand, 1, pair_all(first, last, record)))
call('HDEL', unit_key, unpack(ARGV, first, last))
end
task[10] = task[10] + moved
if task[10] >= 64 and task[10] - moved < 64 then
spread(done_key)
if results then spread(result_key) end
end
end
function plain_units(task, values, token)
local value = values[1]
local unit = value and task[7] <= 2 and task[23] < 0 and decode_unit(value)
if not unit or token and token ~= unit[2] or unit_state(task, unit) ~= 0 then return 0 end
local count = task[7] == 1 and #values or min(#values, task[9] - 1)
for i = 2, count do
if values[i] ~= value then return i - 1 end
end
return count
end
function unlock_plain(task, first, count, value, results)
local at = answered
answers[at + 1], answers[at + 2], answers[at + 3], answers[at + 4], answers[at + 5], answers[at + 6]
= count, 'D', 0, task[7], outstanding(task) - 1, task[10] + 1
answered = at + 6
write_done(task, first, first + count - 1, encode_done(decode_unit(value), ''), results)
task[9] = task[9] - count
if task[9] == 0 then task[11] = 9007199254740991 end
task[12] = now
end
function unlock(at, count, beside)
local token, first, last = tonumber(ARGV[at]), at + 1, at + count
local results = (beside == 'r' or beside == 'rc') and count
local contexts = (beside == 'c' or beside == 'rc') and count + (results or 0)
local after = last + (contexts or results or 0)
local task = group[2]
if not task or task[7] == 8 then
answer_lost(count)
return after + 1
end
local values = call('HMGET', unit_key, unpack(ARGV, first, last))
if task[10] == 0 then call('HLEN', done_key) end
if results then call('HLEN', result_key) end
local plain = contexts and 0 or plain_units(task, values, token)
if plain < count then decode_all(values, plain + 1, count) end
if plain > 0 then unlock_plain(task, first, plain, values[1], results) end
if plain == count then
settle(task)
return after + 1
end
rest_changed = true
for i = first + plain, last do
unlock_one(task, i, values[i - at], token, results, contexts and ARGV[i + contexts] or '')
end
end_row()
return after + 1
end
function unlock_one(task, at, value, token, results, context)
local unit = value and decode_unit(value)
if unit and (not token or token == unit[2]) and is_pending(task, unit) then
if leave_lock(task, unit) == 3 then seldom.unlist_ended(ARGV[at]) end
write_done(task, at, at, encode_done(unit, context), results)
if task[24] == 1 then seldom.count_expected(task, ARGV[at], -1) end
local before = task[29]
settle(task)
return answer_progress(task, task[29] ~= before)
end
end_row()
local record = not value and call('HGET', done_key, ARGV[at])
if record and (not token or token == struct.unpack('>I7I6I6I6I6BHc0', record)) then
answer_progress(task, false)
else
answer_lost(1)
end
end
function seldom.fail_unit(at)
local token, err, final, name = tonumber(ARGV[at]), ARGV[at + 1], ARGV[at + 2] == '1', ARGV[at + 3]
local task = kept()
local value = task and call('HGET', unit_key, name)
local unit = value and decode_unit(value)
if unit and token == unit[2] and unit[1] == 2 then
answer_progress(task, false)
end_row()
elseif unit and token == unit[2] and is_pending(task, unit) then
call('HSET', extra_key, 'u:' .. name, err)
seldom.list_ended(name, false)
local is_last, free_from = false, now
if unit_state(task, unit) == 0 then is_last, free_from = seldom.count_try(task, name, unit) end
local is_final_now = final or is_last
local era = is_final_now and task[20] or 0
call('HSET', unit_key, name, encode_unit(unit, 2, unit[4], unit[5], now, era))
leave_lock(task, unit)
if is_final_now then
seldom.fail_for_good(task, name)
else
task[16] = task[16] + 1
seldom.begin_grace(task, free_from)
end
local before = task[29]
settle(task)
answer_progress(task, task[29] ~= before)
end_row()
else
answer_lost(1)
end
return at + 4
end
function seldom.extend_lock(at, count)
local token, ttl, first = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), at + 2
local task = kept()
for i = first, first + count - 1 do
local value = task and call('HGET', unit_key, ARGV[i])
local unit = value and decode_unit(value)
local deadline = unit and lock_deadline(task, unit[6], ttl)
if unit and unit[2] == token and unit_state(task, unit) == 0 and deadline > now then
call('HSET', unit_key, ARGV[i], encode_unit(unit, 0, now, deadline, 0, 0))
note_deadline(task, deadline)
settle(task)
answer(1, 'E', deadline)
else
answer_lost(1)
end
end
return first + count
end
function seldom.open(at)
local nonce, idle_timeout, info = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
local close_when_idle, close_after = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
local options = at + 5
local known = group[2]
if known and cold(known)[24] == nonce then
answer(1, 'O', state_of(known))
return seldom.skip_options(options)
end
if known and known[7] ~= 1 then
answer(1, 'T', state_of(known))
return seldom.skip_options(options)
end
if known and known[26] > 0 then
answer(1, 'A')
return seldom.skip_options(options)
end
call('HLEN', extra_key)
local task = known or create(idle_timeout)
task[26] = now
task[27] = close_when_idle or 0
task[28] = close_after and now + close_after or 0
cold(task)[24] = nonce
if info ~= '' then call('HSET', KEYS[12], task[1], info) end
local after = seldom.name_options(task, options)
event(task, 'opened')
settle(task)
answer(1, 'O', state_of(task))
return after
end
function seldom.answer_standing(word, task)
answer(1, word, state_of(task), outstanding(task), task[10])
end
function seldom.close(at)
local nonce, idle_timeout, replace = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2] == '1'
local context, info, options = ARGV[at + 3], ARGV[at + 4], at + 5
local known = group[2]
local function inform(task)
local fields = cold(task)
fields[25] = nonce
if context ~= '' then fields[23] = context end
if info == '' then
call('HDEL', KEYS[12], task[1])
elseif info ~= '-' then
call('HSET', KEYS[12], task[1], info)
end
end
call('HLEN', extra_key)
if known and cold(known)[25] == nonce then
seldom.answer_standing('C', known)
elseif not known or known[7] == 1 then
local task = known or create(idle_timeout)
inform(task)
local after = seldom.name_options(task, options)
seldom.close_task(task, 'call')
seldom.answer_standing('C', task)
return after
elseif not cold(known)[1] or known[7] == 8 then
seldom.answer_standing('T', known)
elseif known[7] ~= 2 then
seldom.answer_standing('A', known)
elseif replace then
inform(known)
local after = seldom.name_options(known, options)
seldom.set_deadline(known)
cold(known)[2] = 'call'
settle(known)
seldom.answer_standing('C', known)
return after
elseif cold(known)[2] ~= 'call' then
inform(known)
cold(known)[2] = 'call'
settle(known)
seldom.answer_standing('C', known)
else
seldom.answer_standing('A', known)
end
return seldom.skip_options(options)
end
function seldom.claimed_by(token)
local task = group[2]
return task and task[7] == 5 and cold(task)[10] == token and task
end
function seldom.ended_as(token, ended)
local task = group[2]
local fields = task and task[7] > 2 and cold(task)
return fields and fields[16] == token and fields[17] == ended and fields
end
function seldom.stale()
local task = group[2]
local token = task and task[7] == 5 and cold(task)[10] or 0
answer(1, 'S', token)
answer_why()
end
function seldom.complete(at)
local token = tonumber(ARGV[at])
local task = seldom.claimed_by(token)
if task then
call('HLEN', extra_key)
end_claim(task, 'completed', 0)
seldom.complete_task(task, ARGV[at + 1] == '1' and ARGV[at + 2])
answer(1, 'Y')
elseif seldom.ended_as(token, 'completed') then
answer(1, 'Y')
else
seldom.stale()
end
return at + 3
end
function seldom.fail_claim(at)
local token, err, again = tonumber(ARGV[at]), ARGV[at + 1], ARGV[at + 2] == '1'
local delay, random = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
local task = seldom.claimed_by(token)
local retrying = not task and seldom.ended_as(token, 'retrying')
if task then
seldom.fail_attempt(task, err, 'failed', again, delay, random)
if task[7] == 7 then answer(1, 'N') else answer(1, 'R', cold(task)[18]) end
elseif retrying then
answer(1, 'R', retrying[18])
elseif seldom.ended_as(token, 'failed') then
answer(1, 'N')
else
seldom.stale()
end
return at + 5
end
function seldom.extend_claim(at)
local token, lease = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
local task = seldom.claimed_by(token)
if task then
local fields = cold(task)
fields[14] = min(now + lease, fields[15])
move(task, 5, fields[14])
answer(1, 'E', fields[14])
else
seldom.stale()
end
return at + 2
end
function seldom.give_back(at)
local token = tonumber(ARGV[at])
local task = seldom.claimed_by(token)
local ended = not task and seldom.ended_as(token, 'given-back')
if task then
local fields = cold(task)
fields[8] = fields[8] + 1
local spent = fields[8] > 100
end_claim(task, 'given-back', spent and now or 0)
event(task, 'given-back')
if not spent then fields[6] = fields[6] - 1 end
if spent and fields[6] >= option(task, 1) then
seldom.fail_task(task, 'attempts', 'given back too often')
else
enqueue(task, fields[9])
end
answer(1, 'G', spent and 1 or 0)
elseif ended then
answer(1, 'G', ended[18] > 0 and 1 or 0)
else
seldom.stale()
end
return at + 1
end
function seldom.clear_final(task)
task[20] = task[20] + 1
task[16] = task[16] + task[17]
task[17] = 0
seldom.recount_expected(task)
end
function seldom.retry(at)
local nonce, task = ARGV[at], kept()
local fields = task and cold(task)
if not task then
answer(1, '?')
elseif fields[26] == nonce then
answer(1, 'Y', state_of(task))
elseif task[7] ~= 7 then
answer(1, 'T', state_of(task))
else
call('HLEN', extra_key)
fields[26] = nonce
fields[20], fields[21], fields[3], fields[31] = false, false, false, false
if not fields[1] then
if task[28] > 0 and task[26] > 0 then task[28] = now + (task[28] - task[26]) end
if task[26] > 0 then task[26] = now end
task[12] = now
seldom.clear_final(task)
move(task, 1, now)
event(task, 'retried')
settle(task)
elseif task[29] == 0 then
seldom.clear_final(task)
fields[4] = now
fields[5] = now + max(option(task, 8), 60000)
seldom.set_deadline(task)
move(task, 2, now)
event(task, 'retried')
settle(task)
else
fields[6], fields[8] = 0, 0
event(task, 'retried')
enqueue(task, next_token())
end
answer(1, 'Y', state_of(task))
end
return at + 1
end
function seldom.release(at)
local nonce, task = ARGV[at], kept()
local fields = task and cold(task)
if not task then
answer(1, '?')
elseif fields[27] == nonce then
answer(1, 'Y', state_of(task))
elseif task[7] == 4 then
enqueue(task, next_token())
fields[27] = nonce
answer(1, 'Y', state_of(task))
elseif task[7] <= 2 then
seldom.end_locks(task)
if not fields[1] then
fields[1], fields[2] = now, 'call'
event(task, 'closed')
end
fields[19] = seldom.is_short(task)
seldom.release_task(task)
fields[27] = nonce
answer(1, 'Y', state_of(task))
else
answer(1, 'T', state_of(task))
end
return at + 1
end
function seldom.cancel(at)
local nonce, reason, task = ARGV[at], ARGV[at + 1], kept()
local fields = task and cold(task)
if not task then
answer(1, '?')
elseif fields[28] == nonce then
answer(1, 'Y')
elseif fields[3] then
answer(1, 'T', state_of(task))
else
fields[28] = nonce
end_claim(task, 'overdue', 0)
seldom.fail_task(task, 'cancelled', reason)
answer(1, 'Y')
end
return at + 2
end
function seldom.remove(at)
local nonce, task = ARGV[at], group[2]
local fields = task and cold(task)
if task and fields[29] == nonce then
answer(1, 'Y')
elseif not task or task[7] == 8 then
answer(1, '?')
elseif not fields[3] then
answer(1, 'T', state_of(task))
else
fields[29] = nonce
fields[3] = now
call('HDEL', KEYS[12], task[1])
call('HDEL', KEYS[15], task[1])
call('UNLINK', unit_key, done_key, result_key, extra_key, ended_key)
event(task, 'removed')
move(task, 8, now + 300000)
answer(1, 'Y')
end
return at + 1
end
function seldom.takes_units_again(task)
return task[7] <= 2 or task[7] == 7 and task[29] == 0
end
function seldom.redo_unit(task, name, record, err, nonce)
local unit = seldom.decode_done(record)
call('HLEN', result_key)
seldom.list_ended(name, false)
call('HSET', extra_key, 'u:' .. name, err)
seldom.write_history(name, { task[20], 0, 0, nonce })
call('HSET', unit_key, name, encode_unit(unit, 2, unit[4], unit[5], now, 0))
call('HDEL', done_key, name)
call('HDEL', result_key, name)
task[10] = task[10] - 1
task[16] = task[16] + 1
seldom.begin_grace(task, now)
task[12] = now
seldom.count_expected(task, name, 1)
event(task, 'redone')
settle(task)
end
function seldom.redo(at)
local nonce, err, name = ARGV[at], ARGV[at + 1], ARGV[at + 2]
local task = kept()
if not task then
answer(1, '?')
return at + 3
end
local history = seldom.history_of(name)
local record = call('HGET', done_key, name)
if history[4] == nonce then
seldom.answer_standing('Y', task)
elseif not seldom.takes_units_again(task) then
answer(1, 'T', state_of(task))
elseif record then
seldom.redo_unit(task, name, record, err, nonce)
seldom.answer_standing('Y', task)
else
local value = call('HGET', unit_key, name)
answer(1, 'N', state_of(task), value and unit_state(task, decode_unit(value)) or -1)
end
return at + 3
end
function seldom.watch()
if shard[11] == 0 then changing_shard()[11] = now end
end
function seldom.give_from(task, moment)
move(task, 7, moment + 604800000)
end
function seldom.claim_failed(at)
local nonce, lease, worker = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
local task = kept()
local fields = task and task[7] == 7 and cold(task)
local letter = fields and (fields[31] or { 0, '', '', 0, 0, 0, 0 })
if letter and letter[1] > 0 and letter[2] == nonce then
answer(1, 'L', letter[1], task[8] - 604800000, letter[4])
elseif not letter or letter[2] == nonce or task[8] > now + 604800000 then
answer(1, 'N')
else
seldom.watch()
local token = next_token()
fields[31] = { token, nonce, worker, letter[4] + 1, letter[5], letter[6], letter[7] }
seldom.give_from(task, now + lease)
answer(1, 'L', token, now + lease, letter[4] + 1)
end
return at + 3
end
function seldom.letter_held_by(task, token)
local letter = task and task[7] == 7 and cold(task)[31]
return letter and letter[1] == token and letter
end
function seldom.answer_settled(letter)
if letter[7] > 0 then answer(1, 'Y') else answer(1, 'R', letter[6]) end
end
function seldom.answer_other_holder(task)
local letter = task and cold(task)[31]
answer(1, 'S', letter and letter[1] or 0)
answer_why()
end
function seldom.settle_failed(at)
local token, is_acknowledged, delay = tonumber(ARGV[at]), ARGV[at + 1] == '1', tonumber(ARGV[at + 2])
local task = kept()
local letter = seldom.letter_held_by(task, token)
if letter then
local fields = cold(task)
local again = is_acknowledged and 0 or now + delay
fields[31] = { 0, letter[2], letter[3], letter[4], token, again, is_acknowledged and now or 0 }
if is_acknowledged then
move(task, 7, 4503599627370496 + fields[3] + 604800000)
else
seldom.give_from(task, again)
end
seldom.answer_settled(fields[31])
else
letter = task and cold(task)[31]
if letter and letter[5] == token then seldom.answer_settled(letter) else seldom.answer_other_holder(task) end
end
return at + 3
end
function seldom.extend_failed(at)
local token, lease = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
local task = kept()
if seldom.letter_held_by(task, token) then
seldom.give_from(task, now + lease)
answer(1, 'E', now + lease)
else
seldom.answer_other_holder(task)
end
return at + 2
end
function seldom.expire_lock(task, name, unit, is_swept, is_let_go)
steps = steps + 20
seldom.list_ended(name, is_swept)
local is_last, free_from = false, now
if not is_let_go then is_last, free_from = seldom.count_try(task, name, unit) end
local state, era = is_last and 2 or 3, is_last and task[20] or 0
call('HSET', unit_key, name, encode_unit(unit, state, unit[4], unit[5], now, era))
leave_lock(task, unit)
if is_last then
call('HSET', extra_key, 'u:' .. name, '{"name":"LockLostError","message":"the lock ran out: its holder is gone"}')
seldom.fail_for_good(task, name)
else
task[18] = task[18] + 1
seldom.begin_grace(task, free_from)
end
end
function seldom.let_go(at)
local token, name = tonumber(ARGV[at]), ARGV[at + 1]
local task = kept()
local value = task and call('HGET', unit_key, name)
local unit = value and decode_unit(value)
local state = unit and token == unit[2] and unit_state(task, unit)
if state == 0 then
seldom.expire_lock(task, name, unit, false, true)
local before = task[29]
settle(task)
answer_progress(task, task[29] ~= before)
end_row()
elseif state == 3 then
answer_progress(task, false)
end_row()
else
answer_lost(1)
end
return at + 2
end
function seldom.expire_overdue(task, limit)
if task[9] == 0 or task[11] > now then return 0, 0 end
limit = min(limit, 100)
local goes_on = task[30] > 0
local cursor, least = format('%d', task[30]), goes_on and task[31] or 9007199254740991
local ended, looked = 0, 0
repeat
local page = call('HSCAN', unit_key, cursor, 'COUNT', 100)
local here = cursor
cursor = page[1]
local entries = page[2]
steps = steps + #entries / 2
for i = 1, #entries, 2 do
local state, token, deadline = peek_unit(entries[i + 1])
if state == 0 and token > task[19] then
if deadline > now then
least = min(least, deadline)
elseif ended >= limit then
task[30], task[31] = tonumber(here), least
return ended, looked
else
seldom.expire_lock(task, entries[i], decode_unit(entries[i + 1]), true)
ended = ended + 1
end
end
end
looked = looked + #entries / 2
until cursor == '0' or looked >= 500
if cursor ~= '0' then
task[30], task[31] = tonumber(cursor), least
else
task[30] = 0
local pause = (goes_on or looked >= 500) and now + 500 or 0
task[11] = task[9] > 0 and max(least, pause) or 9007199254740991
end
return ended, looked
end
function seldom.end_waits(task, limit)
local ended, looked = seldom.expire_overdue(task, limit)
if now >= task[22] then
ended = ended + task[9]
seldom.end_locks(task)
seldom.end_waiting(task)
else
settle(task)
end
return ended, looked
end
function seldom.end_idleness(task, limit)
local ended, looked = seldom.expire_overdue(task, limit)
local idle = task[9] == 0 and idle_end(task) <= now
if task[28] > 0 and task[28] <= now then
seldom.close_task(task, 'age')
elseif idle and task[27] > 0 and task[27] <= task[15] then
seldom.close_task(task, 'idle')
elseif idle then
seldom.fail_task(task, 'never-closed')
else
settle(task)
end
return ended, looked
end
function seldom.end_attempt(task, random)
local fields = cold(task)
if not fields[10] then return 0 end
local timed_out = fields[15] <= now
if not timed_out and fields[14] > now then
move(task, 5, fields[14])
return 0
end
local err = timed_out and '{"name":"TimeoutError","message":"the attempt took longer than its timeout"}'
or '{"name":"LeaseLostError","message":"the lease ran out: the worker is gone"}'
seldom.fail_attempt(task, err, 'overdue', true, nil, random)
return 1
end
function seldom.clear(task)
local fields = cold(task)
if fields[22] or record_end(task) <= now then return true end
call('UNLINK', unit_key, done_key, result_key, ended_key)
fields[22] = true
move(task, 6, record_end(task))
return false
end
function seldom.sweep(at)
local id, random, surplus = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 2] == '1'
local limit = tonumber(ARGV[at + 3])
local task = group[2] or group[3]
local locks, attempts, tasks, removed, looked = 0, 0, 0, 0, 0
local was = task and task[7]
local due = was == 7 and record_end(task) or task and task[8]
if not task or task[13] ~= id or due > now and not surplus or is_spared(task) then
was = nil
elseif was == 5 then
attempts = seldom.end_attempt(task, random)
elseif was == 2 then
locks, looked = seldom.end_waits(task, limit)
if task[7] ~= 2 then tasks = 1 end
elseif was == 1 then
locks, looked = seldom.end_idleness(task, limit)
if task[7] ~= 1 then tasks = 1 end
elseif was == 4 then
enqueue(task, next_token())
tasks = 1
elseif surplus and was == 6 and cold(task)[3] + 300000 > now then
was = nil
elseif surplus or was == 7 or was == 8 or was == 6 and seldom.clear(task) then
forget(task)
group[2], group[3] = false, false
removed = 1
end
if was and group[3] then save(group[3]) end
answer(1, 'W', locks, attempts, tasks, removed)
more(looked)
return at + 4
end
function seldom.expire_old(task, entries, ms, limit)
local ended = 0
steps = steps + #entries / 2
for i = 1, #entries, 2 do
local state, token, _, renewed_at = peek_unit(entries[i + 1])
if state == 0 and token > task[19] and max(0, now - renewed_at) >= ms then
if ended == limit then return ended, true end
seldom.expire_lock(task, entries[i], decode_unit(entries[i + 1]), true)
ended = ended + 1
end
end
return ended, false
end
function seldom.end_old_locks(at)
local ms, cursor = tonumber(ARGV[at]), ARGV[at + 1]
local task = group[2]
local ended, looked = 0, 0
if not task or task[7] > 2 then
answer(1, 'W', 0, '0')
return at + 2
end
if task[9] == 0 then cursor = '0' end
while task[9] > 0 do
local page = call('HSCAN', unit_key, cursor, 'COUNT', 100)
local of_page, is_full = seldom.expire_old(task, page[2], ms, 100 - ended)
ended, looked = ended + of_page, looked + #page[2] / 2
if not is_full then cursor = page[1] elseif cursor == '0' then cursor = '' end
if is_full or cursor == '0' or looked >= 500 then break end
end
settle(task)
answer(1, 'W', ended, cursor)
return at + 2
end
local PLAIN = {
['lock'] = lock, ['lockBy'] = lock_by, ['unlock'] = unlock,
}
local OTHERS = {
['failUnit'] = seldom.fail_unit, ['extendLock'] = seldom.extend_lock, ['letGo'] = seldom.let_go,
['open'] = seldom.open, ['close'] = seldom.close, ['complete'] = seldom.complete, ['failClaim'] = seldom.fail_claim, ['extendClaim'] = seldom.extend_claim,
['giveBack'] = seldom.give_back, ['retry'] = seldom.retry, ['release'] = seldom.release, ['cancel'] = seldom.cancel, ['remove'] = seldom.remove,
['redo'] = seldom.redo, ['claimFailed'] = seldom.claim_failed, ['settleFailed'] = seldom.settle_failed, ['extendFailed'] = seldom.extend_failed,
['sweep'] = seldom.sweep, ['endOldLocks'] = seldom.end_old_locks,
}
function decode_run(text)
local count, name, beside = string.match(text, '^(%d+) (%a+) ?(.*)$')
if name == 'lock' or name == 'lockBy' then beside = decode_asked(beside) end
return memorize(runs_by_text, text, { PLAIN[name] or OTHERS[name], tonumber(count), beside, OTHERS[name] and (name == 'extendLock' and 6 or 20) })
end
function decode_runs(text)
local runs = {}
for part in string.gmatch(text, '[^\\t]+') do
runs[#runs + 1] = #runs == 0 and tonumber(part) or runs_by_text[part] or decode_run(part)
end
return memorize_short(runs_of_text, text, runs)
end
function decode_plan(text)
local tasks, head = {}, nil
for line in string.gmatch(text, '[^\\n]+') do
if head then tasks[#tasks + 1] = runs_of_text[line] or decode_runs(line) else head = line end
end
local shards, has_all = string.match(head, '^(%d+) ([01])$')
local plan = { tonumber(shards), #tasks, has_all == '1', tasks }
return #tasks == 1 and memorize_short(plans_by_text, text, plan) or plan
end
function keeps_to_few_keys(task)
return task[23] == -1 and task[16] + task[17] + task[18] == 0
and (task[7] ~= 2 or option(task, 10) == 1)
end
function apply_runs(packed, runs, has_all)
local task = packed and decode_task(group[1], packed)
if task and task[7] >= 6 and is_gone(task) then
group[2], group[3] = false, task
else
group[2], group[3] = task, false
end
if not has_all and (group[3] or task and not keeps_to_few_keys(task)) then return answer(1, '*') end
rest_changed = false
for i = 2, #runs do
local run = runs[i]
if run[4] then
steps = steps + (rest_changed and 0 or 40) + run[4] * run[2]
rest_changed = true
end
place = run[1](place, run[2], run[3])
end
if group[2] then save(group[2]) end
end
function set_aside(id, name)
local member = struct.pack('>I6', tonumber(id)) .. name
for shelf = 1, 8 do call('ZREM', KEYS[3 + shelf], member) end
end
function apply()
local plan = plans_by_text[ARGV[2]] or decode_plan(ARGV[2])
local count, has_all = plan[2], plan[3]
lock_nonce = ARGV[#ARGV]
local packed = call('HMGET', KEYS[1], '', unpack(ARGV, 3, 2 + count))
local mismatch = read_shard(packed[1], plan[1])
if mismatch then return mismatch end
answers[1], answered, row_length, recorded = now, 1, 0, 0
place = 3 + count
local key, width = has_all and 15 or 6, has_all and 5 or 3
for i = 1, count do
local runs, before, first = plan[4][i], answered, place
unit_key, done_key, result_key = KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
extra_key, ended_key = has_all and KEYS[key + 4], has_all and KEYS[key + 5]
key = key + width
group[1] = ARGV[2 + i]
local ok, err = pcall(apply_runs, packed[i + 1], runs, has_all)
if not ok then
answered, row_length, lock_nonce = before, 0, ARGV[#ARGV]
if runs[2][1] == seldom.sweep then set_aside(ARGV[first], group[1]) end
answer(1, '!', type(err) == 'table' and err.err or tostring(err))
end
place = first + runs[1]
if steps >= 2000 and i < count then
for _ = i + 1, count do answer(1, '+') end
break
end
end
write_records()
for i = answered + 1, #answers do answers[i] = nil end
return answers
end
function read_queue(limit)
local members = call('ZRANGE', KEYS[3 + 3], '0', format('%d', limit))
local names = {}
for i = 1, #members do names[i] = name_of(members[i]) end
local packed = call('HMGET', KEYS[1], '', unpack(names))
page = { members, 1, packed, #members > limit }
return packed[1]
end
function decode_readable(name, packed)
local ok, task = pcall(decode_task, name, packed)
return ok and task or nil
end
function readable(name)
local packed = call('HGET', KEYS[1], name)
return packed and decode_readable(name, packed)
end
function look_at_delayed()
ripe_at = tonumber(call('ZRANGE', KEYS[3 + 4], '0', '0', 'WITHSCORES')[2])
end
function ripen()
if not ripe_at or ripe_at > now then return end
local ripe = call('ZRANGEBYSCORE', KEYS[3 + 4], '-inf', format('%d', now), 'LIMIT', '0', '20')
for i = 1, #ripe do
local task = readable(name_of(ripe[i]))
if task and member_of(task) == ripe[i] then
steps = steps + 40
enqueue(task, next_token())
save(task)
write_records()
else
call('ZREM', KEYS[3 + 4], ripe[i])
end
end
page[4] = true
look_at_delayed()
end
function first_ready(limit)
local at = page[2]
local member = page[1][at]
if not member then
if not page[4] then return nil end
read_queue(limit)
return first_ready(limit)
end
page[2] = at + 1
local packed = page[3][at + 1]
local task = packed and decode_readable(name_of(member), packed)
if task and task[7] == 3 and member_of(task) == member then return task end
call('ZREM', KEYS[3 + 3], member)
return first_ready(limit)
end
function next_task(limit, nonce, lease, worker)
local task = first_ready(limit)
if not task then
ripen()
task = first_ready(limit)
end
if not task then return nil end
local fields = cold(task)
fields[6] = fields[6] + 1
fields[7] = fields[7] + 1
fields[15] = now + option(task, 2)
fields[14] = min(now + lease, fields[15])
fields[10], fields[11], fields[12], fields[13] = next_token(), nonce, worker, now
move(task, 5, fields[14])
call('HSET', KEYS[13], nonce, task[1])
event(task, 'claimed')
save(task)
write_records()
return task
end
function claimed_before(name, nonce)
local task = name ~= '' and readable(name)
if task and task[7] == 5 and cold(task)[11] == nonce then return task, true end
local forgotten_at = tonumber(call('ZSCORE', KEYS[14], nonce))
local is_known = not forgotten_at or forgotten_at > now
if not is_known then
call('ZREM', KEYS[14], nonce)
call('HDEL', KEYS[13], nonce)
end
return nil, is_known
end
function forget_ended_claims(limit)
local nonces = call('ZRANGEBYSCORE', KEYS[14], '-inf', format('%d', now), 'LIMIT', '0', format('%d', limit))
if #nonces == 0 then return end
call('HDEL', KEYS[13], unpack(nonces))
call('ZREM', KEYS[14], unpack(nonces))
end
function claimed_row(task)
local fields = cold(task)
local info = call('HGET', KEYS[12], task[1])
local short = fields[19] and call('HGET', KEYS[15], task[1])
local row = {
task[1], task[13], task[14], fields[10], fields[6], option(task, 1), info, fields[14],
fields[15], fields[1] or task[14], task[29] > 0 and task[29] or now, task[10],
short and cmsgpack.unpack(short) or false, fields[23] or false,
}
return row, (info and #info or 0) + (short and #short or 0)
end
function claim()
local how, count = ARGV[3], tonumber(ARGV[4])
local mismatch = read_shard(read_queue(how == '1' and 0 or count), tonumber(ARGV[2]))
if mismatch then return mismatch end
rest_changed, recorded = true, 0
look_at_delayed()
local reply, bytes, claimed, has_ripened = { now, 0, false }, 0, 0, false
local names = count > 0 and call('HMGET', KEYS[13], unpack(ARGV, 5, 4 + count))
local names_by_nonce = {}
local run, left, lease, worker = 5 + count, 0, nil, nil
for i = 1, count do
if left == 0 then
left, lease, worker = tonumber(ARGV[run]), tonumber(ARGV[run + 1]), ARGV[run + 2]
run = run + 3
end
left = left - 1
if steps >= 2000 or bytes >= 262144 then
reply[3 + i] = 1
break
end
local nonce = ARGV[4 + i]
local name, task, is_known = names_by_nonce[nonce] or names[i], nil, false
if name then task, is_known = claimed_before(name, nonce) end
if not is_known then
if how == '1' then
call('HSET', KEYS[13], nonce, '')
call('ZADD', KEYS[14], format('%d', now + 180000), nonce)
else
if not has_ripened then ripen() end
has_ripened = true
task = next_task(count, nonce, lease, worker)
claimed = claimed + (task and 1 or 0)
end
end
reply[3 + i] = false
if task then
steps = steps + 60
names_by_nonce[nonce] = task[1]
local row, size = claimed_row(task)
reply[3 + i], bytes = row, bytes + size
end
end
if claimed == 0 or claimed > 8 or now_us % 16 == 0 then forget_ended_claims(max(200, 2 * claimed)) end
local waiting = page[4] and call('ZCARD', KEYS[3 + 3]) or #page[1] - page[2] + 1
if waiting > 0 then call('ZADD', KEYS[3], '0', 'm') elseif how ~= '2' then call('ZREM', KEYS[3], 'm') end
reply[2], reply[3] = waiting, ripe_at or false
return reply
end
function is_young(member)
local ok, task = pcall(load, name_of(member))
return ok and task and task[7] == 6 and cold(task)[3] + 300000 > now
end
function old_tombstones(surplus)
local shelf = KEYS[3 + 6]
local first, count = call('ZCOUNT', shelf, '-inf', format('%d', now + 300000)), min(surplus, 50)
local function old_from(place)
local members, old = call('ZRANGE', shelf, format('%d', place), format('%d', place + count - 1)), {}
for i = 1, #members do
if not is_young(members[i]) then old[#old + 1] = members[i] end
end
return old
end
local old, others = old_from(first), call('ZCARD', shelf) - first - count
return #old == 0 and others > 0 and old_from(first + count + now_us % others) or old
end
function follow_clock()
for _, shelf in ipairs({ 1, 2, 4, 5 }) do
if call('ZCARD', KEYS[3 + shelf]) > 0 then return end
end
local beyond = format('(%d', now - shard[10] + 604800000)
if shard[11] > 0 and call('ZCOUNT', KEYS[3 + 7], beyond, format('(%d', 4503599627370496)) > 0 then return end
now = now - shard[10]
changing_shard()[10], shard[9] = 0, now
end
function removable(shelf)
if shelf == 7 and shard[11] > 0 then return format('%d', 4503599627370496), 4503599627370496 end
return '-inf', 0
end
function due()
local limit, only_attempts = min(tonumber(ARGV[3]), 1000), ARGV[4] == '1'
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
local shelf, first, ahead = KEYS[3 + ORDER[i]], removable(ORDER[i])
if limit > 0 then
add(call('ZRANGEBYSCORE', shelf, first, format('%d', now + ahead), 'LIMIT', '0', format('%d', limit)), 0)
end
end
for i = 1, #ORDER do
local from, ahead = removable(ORDER[i])
local first = call('ZRANGEBYSCORE', KEYS[3 + ORDER[i]], from, '+inf', 'WITHSCORES', 'LIMIT', '0', '1')
if first[2] then next_due = min(next_due, tonumber(first[2]) - ahead) end
end
if not only_attempts then
for shelf, cap in pairs({ [7] = 10000, [6] = 100000 }) do
local surplus = min(call('ZCARD', KEYS[3 + shelf]) - cap, limit)
if surplus > 0 and shelf == 7 then
local first = removable(shelf)
add(call('ZRANGEBYSCORE', KEYS[3 + shelf], first, '+inf', 'LIMIT', '0', format('%d', surplus)), 1)
end
if surplus > 0 and shelf == 6 then add(old_tombstones(surplus), 1) end
end
end
if next_due < 9007199254740991 then reply[2] = next_due end
if shard[10] > 0 then
if not only_attempts and not reply[3] then follow_clock() end
if not shard_text then call('HSET', KEYS[1], '', pack_shard()) end
reply[1] = now
end
return reply
end
function events()
local reply = { shard[4], 0 }
if ARGV[3] == '' then return reply end
local after = tonumber(ARGV[3])
local listed = call('XRANGE', KEYS[2], ARGV[3] .. '-0', '+', 'COUNT', ARGV[4] + 1)
local skipped = 0
for i = 1, #listed do
local sequence = tonumber(string.match(listed[i][1], '^%d+'))
if sequence == after then
skipped = 1
elseif i - skipped <= tonumber(ARGV[4]) then
reply[#reply + 1] = sequence
reply[#reply + 1] = listed[i][2][2]
end
end
if skipped == 0 and after ~= 0 and after ~= shard[4] then reply[2] = 1 end
return reply
end
function failed_tasks()
seldom.watch()
local shelf, limit, ready = KEYS[3 + 7], min(tonumber(ARGV[3]), 1000), format('%d', now + 604800000)
local next = call('ZRANGEBYSCORE', shelf, '(' .. ready, format('(%d', 4503599627370496), 'WITHSCORES', 'LIMIT', '0', '1')
local reply = { now, next[2] and tonumber(next[2]) - 604800000 or false }
for _, member in ipairs(call('ZRANGEBYSCORE', shelf, '-inf', ready, 'LIMIT', '0', format('%d', limit))) do
local ok, task = pcall(load, name_of(member))
if ok and task and member_of(task) == member then
reply[#reply + 1] = task[1]
else
call('ZREM', shelf, member)
end
end
if not shard_text then call('HSET', KEYS[1], '', pack_shard()) end
return reply
end
local TYPES = {
'hash', 'stream', 'zset', 'zset', 'zset', 'zset', 'zset', 'zset', 'zset', 'zset', 'zset',
'hash', 'hash', 'zset', 'hash',
}
function seldom.hello(keys)
bind()
local reply = { redis.REDIS_VERSION, call('INFO', 'server') .. call('INFO', 'memory'), 0 }
for i = 1, #keys do
local found = call('TYPE', keys[i]).ok
if found ~= 'none' and found ~= TYPES[i] then reply[#reply + 1] = keys[i] end
end
local record = not reply[4] and call('HGET', keys[1], '')
if record then
local _, shards = struct.unpack('>BH', record)
reply[3] = shards
end
return reply
end
function seldom.by_deadline(seen, other)
if seen[1] ~= other[1] then return seen[1] < other[1] end
if seen[2] ~= other[2] then return seen[2] < other[2] end
return seen[3] < other[3]
end
function seldom.keep_first(found, deadline, token, name, value)
local furthest = found[10]
if furthest and furthest[1] < deadline then return end
local at, seen = min(#found + 1, 10), { deadline, token, name, value }
if furthest and not seldom.by_deadline(seen, furthest) then return end
while at > 1 and seldom.by_deadline(seen, found[at - 1]) do
found[at] = found[at - 1]
at = at - 1
end
found[at] = seen
end
function seldom.add_views(task, found, views)
for i = 1, min(#found, 10 - #views) do
local seen = found[i]
local unit = decode_unit(seen[4])
local err = unit[1] == 2 and call('HGET', extra_key, 'u:' .. seen[3])
views[#views + 1] = seldom.unit_view(task, seen[3], unit, err, false)
end
end
function seldom.live_units(task)
local found, views = {}, {}
if task[9] == 0 then return views end
seldom.visit_outstanding(10, function(name, value)
local state, token, deadline = peek_unit(value)
if state == 0 and token > task[19] then seldom.keep_first(found, deadline, token, name, value) end
end)
seldom.add_views(task, found, views)
return views
end
function seldom.troubled_units(task)
local names, views = seldom.ended_names(task, 100), {}
seldom.add_ended_with_task(task, names, 100)
if #names == 0 then return views end
local lists = { [2] = {}, [3] = {}, [0] = {} }
for i, value in ipairs(call('HMGET', unit_key, unpack(names))) do
if value then
local state, token, deadline = peek_unit(value)
local list = lists[state]
if list then seldom.keep_first(list, deadline, token, names[i], value) end
end
end
for _, state in ipairs({ 2, 3, 0 }) do seldom.add_views(task, lists[state], views) end
return views
end
function seldom.claim_view(fields)
if not fields[10] then return false end
return { fields[10], fields[12], fields[13], fields[14], fields[15] }
end
function seldom.attempt_errors(fields)
local errors, first, bytes = {}, fields[7] + 1, 0
while first > max(1, fields[7] - 99) and bytes <= 393216 do
first = first - 1
bytes = bytes + call('HSTRLEN', extra_key, format('a:%d', first))
end
for run = first, fields[7] do
local packed = call('HGET', extra_key, format('a:%d', run))
if packed then errors[#errors + 1] = cmsgpack.unpack(packed) end
end
steps = steps + bytes / 256
return errors
end
function seldom.detail(task)
local fields = cold(task)
local is_open, is_locked = task[7] == 1, task[7] == 2
local grace = is_locked and (task[23] >= 0 and seldom.met_from(task) or task[23] < 0 and task[16] + task[18] > 0 and grace_end(task))
local lacks = task[7] ~= 6 and seldom.is_short(task)
local list = task[24] == 1 and seldom.expected_list(task)
local info, result = call('HGET', KEYS[12], task[1]), call('HGET', extra_key, 'result')
steps = steps + ((info and #info or 0) + (result and #result or 0)) / 256
return {
seldom.task_view(task), info, result, task[22] > 0 and task[22],
grace and grace > 0 and grace, is_open and task[9] == 0 and idle_end(task), is_open and task[28] > 0 and task[28],
seldom.claim_view(fields), lacks and seldom.shortfall(task), unmet(task), seldom.live_units(task), seldom.troubled_units(task), seldom.attempt_errors(fields),
fields[30] or {}, list and list[1] or task[23],
}
end
function seldom.inspect()
local reply = { now }
for i = 3, #ARGV do
if steps >= 2000 then
reply[i - 1] = 1
break
end
local key = 15 + (i - 3) * 5
local ok, view = pcall(function()
local task = load(ARGV[i])
if not task or is_gone(task) or task[7] == 8 then return false end
unit_key, done_key, result_key = KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
extra_key, ended_key = KEYS[key + 4], KEYS[key + 5]
return seldom.detail(task)
end)
reply[i - 1] = ok and view or not ok and (type(view) == 'table' and view.err or tostring(view)) or false
end
return reply
end
function stats()
local reply = {}
for shelf = 1, 7 do reply[shelf] = call('ZCARD', KEYS[3 + shelf]) end
reply[8], reply[9] = shard[6], shard[7]
reply[10] = call('ZCOUNT', KEYS[3 + 7], '-inf', format('(%d', 4503599627370496))
return reply
end
function tasks()
local shelf, limit = KEYS[3 + tonumber(ARGV[3])], tonumber(ARGV[4])
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
reply[#reply + 1] = ok and task and seldom.task_view(task) or false
end
return reply
end
function seldom.unit_names()
local task = seldom.readable_task()
if type(task) == 'string' then return task end
local part, cursor, count, wanted = ARGV[6], ARGV[7], ARGV[8], tonumber(ARGV[9])
local page = call('HSCAN', part == 'o' and unit_key or done_key, cursor, 'COUNT', count)
local reply, entries = { task[13], page[1] }, page[2]
for i = 1, #entries, 2 do
if part == 'd' or not wanted or unit_state(task, decode_unit(entries[i + 1])) == wanted then
reply[#reply + 1] = entries[i]
end
end
return reply
end
function seldom.unit_results()
local task = seldom.readable_task()
if type(task) == 'string' then return task end
local page = call('HSCAN', done_key, ARGV[6], 'COUNT', ARGV[7])
local entries, names, contexts, carries = page[2], {}, {}, false
for i = 1, #entries, 2 do names[#names + 1] = entries[i] end
local has_results, count, bytes = call('HLEN', result_key) > 0, 0, 0
local last = min(#names, tonumber(ARGV[7]))
while count < last do
local record = entries[2 * count + 2]
local unit = #record ~= 34 and seldom.decode_done(record)
local context = unit and unit[12]
bytes = bytes + (context and #context or 0) + (has_results and call('HSTRLEN', result_key, names[count + 1]) or 0)
if bytes > 262144 and count > 0 then break end
count = count + 1
contexts[count], carries = context, carries or context
end
local texts = {}
if has_results and count > 0 then texts = call('HMGET', result_key, unpack(names, 1, count)) end
for i = #texts + 1, count do texts[i] = false end
return { page[1], task[10], names, texts, carries and contexts or {} }
end
function units()
local task = seldom.readable_task()
if type(task) == 'string' then return task end
local FIRST = 6
local count = #ARGV - FIRST + 1
local values = call('HMGET', unit_key, unpack(ARGV, FIRST))
local records = call('HMGET', done_key, unpack(ARGV, FIRST))
local has_results = (task[7] ~= 6 or option(task, 10) == 0) and call('HLEN', result_key) > 0
local found, seen, bytes = {}, 0, 0
while seen < count do
local name, value, record = ARGV[FIRST + seen], values[seen + 1], records[seen + 1]
local unit = value and decode_unit(value) or record and seldom.decode_done(record)
if unit and unit[1] == 1 and has_results then
bytes = bytes + call('HSTRLEN', result_key, name)
elseif unit and unit[1] == 2 then
bytes = bytes + call('HSTRLEN', extra_key, 'u:' .. name)
end
if bytes > 262144 and seen > 0 then break end
seen = seen + 1
found[seen] = unit
end
local results = has_results and call('HMGET', result_key, unpack(ARGV, FIRST, FIRST + seen - 1))
local reply = { seen }
for i = 1, seen do
local name, unit = ARGV[FIRST + i - 1], found[i]
if unit then
local result = results and unit[1] == 1 and results[i]
local err = unit[1] == 2 and call('HGET', extra_key, 'u:' .. name)
reply[#reply + 1] = seldom.unit_view(task, name, unit, err, result)
end
end
return reply
end
function seldom.walk()
local reply, members = {}, {}
for shelf = 1, 2 do
local cursor = ARGV[2 + shelf]
if cursor ~= '-' then
local page = call('ZSCAN', KEYS[3 + shelf], cursor, 'COUNT', ARGV[5])
cursor = page[1] ~= '0' and page[1] or '-'
for i = 1, #page[2], 2 do members[#members + 1] = page[2][i] end
end
reply[shelf] = cursor
end
table.sort(members)
for i = 1, #members do reply[2 + i] = name_of(members[i]) end
return reply
end
function call_on_shard(work)
return function(keys, args)
begin(keys, args)
return read_shard(call('HGET', KEYS[1], ''), tonumber(ARGV[2])) or work()
end
end
function apply_calls(keys, args)
begin(keys, args)
return apply()
end
function claim_tasks(keys, args)
begin(keys, args)
return claim()
end
function register(name, callback, flag)
redis.register_function({
function_name = 'tusker_831f48f2f5f3' .. '_' .. name,
callback = callback,
flags = flag and { flag } or {},
})
end
register('apply', apply_calls)
register('apply_draining', apply_calls, 'allow-oom')
register('claim', claim_tasks, 'allow-oom')
register('due', call_on_shard(due), 'allow-oom')
register('events', call_on_shard(events), 'no-writes')
register('failed_tasks', call_on_shard(failed_tasks), 'allow-oom')
register('inspect', call_on_shard(seldom.inspect), 'no-writes')
register('stats', call_on_shard(stats), 'no-writes')
register('tasks', call_on_shard(tasks), 'no-writes')
register('unit_names', call_on_shard(seldom.unit_names), 'no-writes')
register('unit_results', call_on_shard(seldom.unit_results), 'no-writes')
register('units', call_on_shard(units), 'no-writes')
register('walk', call_on_shard(seldom.walk), 'no-writes')
register('hello', seldom.hello, 'no-writes')
`;
