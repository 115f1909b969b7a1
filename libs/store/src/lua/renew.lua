-- Prolongs the lease of a claim, which is known by its run id: whoever keeps it may know of it before it is made.
-- KEYS  record, journal, due
-- ARGV  id, run id, lease ms
-- Returns how many records the journal has, -1 when the claim is lost or was not made yet.
local record, journal, due = KEYS[1], KEYS[2], KEYS[3]
local state = redis.call('HMGET', record, 'token', 'ends', 'waited', 'asked', 'paused')
local token = state[1]
if not token or string.match(token, '%.(.*)$') ~= ARGV[2] then
  return -1
end
local lease = clock() + tonumber(ARGV[3])
redis.call('HSET', record, 'lease', int(lease))
redis.call('ZADD', due, int(math.min(lease, time_is_over_at(state[2], state[3], state[4], state[5]) or lease)), ARGV[1])
return redis.call('LLEN', journal)
