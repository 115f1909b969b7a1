-- Ends an activation with nothing decided: any worker may go on after a while.
-- KEYS  record, due
-- ARGV  id, token, ms until the task is due
-- Returns 1, or 0 when the claim is lost.
local record, due = KEYS[1], KEYS[2]
if is_fenced_off(record, ARGV[2]) then
  return 0
end
redis.call('HSET', record, 'run', 'ready')
redis.call('HDEL', record, 'token', 'lease', 'worker')
redis.call('ZADD', due, int(clock() + tonumber(ARGV[3])), ARGV[1])
return 1
