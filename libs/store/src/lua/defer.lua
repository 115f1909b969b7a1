-- Moves the due time of a task that only waits, but never past its own end, nor past the deadline of one of its open
-- waits: since the caller looked, others may have been opened.
-- KEYS  record, waits, due
-- ARGV  id, due at
local record, waits, due = KEYS[1], KEYS[2], KEYS[3]
local state = redis.call('HMGET', record, 'run', 'ends', 'waited', 'asked')
if state[1] ~= 'waiting' then
  return 0
end
local at = math.min(tonumber(ARGV[2]), time_is_over_at(state[2], state[3], state[4]) or math.huge)
for _, value in ipairs(redis.call('HVALS', waits)) do
  at = math.min(at, tonumber(string.match(value, '^%a(%d+)')))
end
redis.call('ZADD', due, int(at), ARGV[1])
return 1
