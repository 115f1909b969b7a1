-- Moves the due time of a task that still only waits.
-- KEYS  record, due
-- ARGV  id, due at
local run = redis.call('HGET', KEYS[1], 'run')
if run == 'waiting' then
  redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
end
return 1
