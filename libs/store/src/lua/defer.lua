-- Moves the due time of a task that only waits, but never past the deadline of one of its open waits: since the caller
-- looked, others may have been opened.
-- KEYS  record, waits, due
-- ARGV  id, due at
local record, waits, due = KEYS[1], KEYS[2], KEYS[3]
if redis.call('HGET', record, 'run') ~= 'waiting' then
  return 0
end
local at = tonumber(ARGV[2])
for _, value in ipairs(redis.call('HVALS', waits)) do
  at = math.min(at, tonumber(string.match(value, '^%a(%d+)')))
end
redis.call('ZADD', due, int(at), ARGV[1])
return 1
