-- Ends an activation that has nothing to do but wait, unless a wait was resolved meanwhile.
-- KEYS  record, journal, waits, events, values, due, asking
-- ARGV  id, token, due at, '1' where what an earlier activation had begun stays in doubt, else '', '1' where people are
--       asked, else '', what write() reads
-- Returns {'stale'}, or 'resumed' or 'suspended' with the records of others, their large values, and how many records
-- were appended.
local record, journal, waits, events, values, due = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local id = ARGV[1]
local state = redis.call('HMGET', record, 'token', 'paused')
if state[1] ~= ARGV[2] then
  local run = has_let_go(record, ARGV[2])
  return run and run ~= 'done' and { 'suspended', {}, {}, 0 } or { 'stale' }
end
local tail, appended = write(record, journal, waits, events, values, id, 6)
if not tail then
  return { 'stale' }
end
if ARGV[5] ~= '' then
  list_asking(KEYS[7], record)
end
if #tail > 0 or redis.call('HDEL', record, 'again') == 1 then
  return { 'resumed', tail, values_of(values, tail), appended }
end
local now = clock()
local settled = ARGV[4] == '' and 'interrupted' or 'stalled'
redis.call('HDEL', record, 'token', 'lease', 'worker', 'deaths', 'reached', 'stalled', settled)
if state[2] then
  put_away(record, due, id, now)
else
  redis.call('HSET', record, 'run', 'waiting')
  redis.call('ZADD', due, ARGV[3], id)
end
emit(record, events, id, now, 'suspended', state[2] and PAUSED or '')
return { 'suspended', tail, {}, appended }
