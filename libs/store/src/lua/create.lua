-- A new task: record, owner index, due. The record exists before anyone hears its id (invariant 2).
-- KEYS  record, owner index, due, events, waits, delivery, past
-- ARGV  id, head, args, session or '', created at, wake grace ms, and for a task that is over before it began:
--       status or '', outcome, is error '' or 1, status message, keep until, retention ms
-- Returns 1, or 0 when the id is taken.
local record, index, due, events = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, created = ARGV[1], ARGV[5]
if redis.call('EXISTS', record) == 1 then
  return 0
end
local now = clock()
redis.call('HSET', record, 'head', ARGV[2], 'args', ARGV[3], 'status', 'working', 'run', 'ready', 'updated', created)
local incarnation = redis.call('HGET', KEYS[7], 'incarnation')
if incarnation then
  redis.call('HSET', record, 'incarnation', incarnation)
end
if ARGV[4] ~= '' then
  redis.call('HSET', record, 'session', ARGV[4])
end
redis.call('ZADD', index, created, id)
redis.call('ZADD', due, int(now + tonumber(ARGV[6])), id)
emit(record, events, id, now, 'created', '', false)
if ARGV[7] ~= '' then
  redis.call('HSET', record, 'message', ARGV[10])
  if ARGV[9] ~= '' then
    redis.call('HSET', record, 'isError', ARGV[9])
  end
  conclude(record, KEYS[5], KEYS[6], due, events, id, now, ARGV[7], ARGV[8], ARGV[11], ARGV[12])
end
return 1
