-- A client does not have a question any more that it was shown: it is shown again.
-- KEYS  record, waits, delivery
-- ARGV  id, key, name of this call
-- Returns how often that has happened to this question, 0 when it is not open.
local record, waits, delivery = KEYS[1], KEYS[2], KEYS[3]
if redis.call('HEXISTS', waits, ARGV[2]) == 0 then
  return 0
end
if comes_twice(delivery, 'void:' .. ARGV[2], ARGV[3]) then
  return tonumber(redis.call('HGET', delivery, 'lost:' .. ARGV[2]))
end
redis.call('HDEL', delivery, 'shown:' .. ARGV[2])
local lost = redis.call('HINCRBY', delivery, 'lost:' .. ARGV[2], 1)
nudge(record, ARGV[1])
return lost
