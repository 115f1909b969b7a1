-- Makes a session the one whose streams show the task's questions, and tells it to look.
-- KEYS  record
-- ARGV  id, session
local status = redis.call('HGET', KEYS[1], 'status')
if not status or is_terminal(status) then
  return 0
end
redis.call('HSET', KEYS[1], 'session', ARGV[2])
redis.call('PUBLISH', 'lh:session:' .. ARGV[2], '{"taskId":"' .. ARGV[1] .. '","type":"look"}')
return 1
