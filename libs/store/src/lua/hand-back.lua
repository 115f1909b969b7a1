-- Ends an activation with nothing decided; its last journal records ride along, and any worker may go on, unless the task
-- is paused.
-- KEYS  record, journal, waits, events, values, due
-- ARGV  id, token, ms until the task is due, '1' where what was begun is in doubt and the journal does not say so, else '',
--       why nobody takes the task or '', what write() reads
-- Returns {'stale'}, or 'handed_back' or 'paused' with the records of others, their large values, and how many records were
-- appended.
local record, journal, waits, events, values, due = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local id = ARGV[1]
local state = redis.call('HMGET', record, 'token', 'paused')
if state[1] ~= ARGV[2] then
  return has_let_go(record, ARGV[2]) == 'ready' and { 'handed_back', {}, {}, 0 } or { 'stale' }
end
local tail, appended = write(record, journal, waits, events, values, id, 6)
if not tail then
  return { 'stale' }
end
local now = clock()
if ARGV[4] ~= '' then
  redis.call('HSET', record, 'interrupted', ARGV[4])
end
if ARGV[5] == '' then
  redis.call('HDEL', record, 'stalled')
elseif not state[2] then
  stall(record, events, id, now, ARGV[5])
end
local became = release(record, events, due, id, now, state[2], ARGV[3])
return { became, tail, values_of(values, tail), appended }
