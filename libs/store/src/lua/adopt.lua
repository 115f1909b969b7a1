-- Makes a session the one that hears of the task and whose streams show its questions, and tells it to look. The one
-- before is told that it hears no more.
-- KEYS  record
-- ARGV  id, session
local state = redis.call('HMGET', KEYS[1], 'status', 'session')
local status, before = state[1], state[2]
if not status or is_terminal(status) then
  return 0
end
redis.call('HSET', KEYS[1], 'session', ARGV[2])
redis.call('PUBLISH', 'lh:session:' .. ARGV[2], '{"taskId":"' .. ARGV[1] .. '","type":"look"}')
if before and before ~= ARGV[2] then
  redis.call('PUBLISH', 'lh:session:' .. before, '{"taskId":"' .. ARGV[1] .. '","type":"adopted"}')
end
return 1
