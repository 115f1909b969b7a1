-- Lets an owner have one more session, unless there are as many as may be. When a session ends is known to the session
-- alone, since that moves with each request: here it is when it would have ended at the earliest, and who finds no room
-- looks at those and says what has become of them.
-- KEYS  sessions of the owner
-- ARGV  session, most, ms that a session is kept, (session, ms that it has left, or less than 0 where it is over)...
-- Returns {1}; {0, session...} when there is no room, with those that may be over, 1000 at most.
local sessions = KEYS[1]
local now, ttl = clock(), tonumber(ARGV[3])
for i = 4, #ARGV, 2 do
  local left = tonumber(ARGV[i + 1])
  if left < 0 then
    redis.call('ZREM', sessions, ARGV[i])
  else
    redis.call('ZADD', sessions, 'XX', int(now + left), ARGV[i])
  end
end
if redis.call('ZCARD', sessions) >= tonumber(ARGV[2]) and not redis.call('ZSCORE', sessions, ARGV[1]) then
  local answer = redis.call('ZRANGEBYSCORE', sessions, '-inf', int(now), 'LIMIT', 0, 1000)
  table.insert(answer, 1, 0)
  return answer
end
redis.call('ZADD', sessions, int(now + ttl), ARGV[1])
redis.call('PEXPIRE', sessions, int(2 * ttl))
return { 1 }
