-- Notes an answer that does not fit its question; the question stays open and is shown again.
-- KEYS  record, waits, events, delivery
-- ARGV  id, key, reason, name of this call
-- Returns how many answers to this question were refused, 0 when it is not open.
local record, waits, events, delivery = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, key, reason = ARGV[1], ARGV[2], ARGV[3]
if redis.call('HEXISTS', waits, key) == 0 then
  return 0
end
if comes_twice(delivery, 'void:' .. key, ARGV[4]) then
  return tonumber(redis.call('HGET', delivery, 'refused:' .. key))
end
local now = clock()
redis.call('HDEL', delivery, 'shown:' .. key)
redis.call('HSET', record, 'message', reason, 'updated', int(now))
local refused = redis.call('HINCRBY', delivery, 'refused:' .. key, 1)
emit(record, events, id, now, 'refused', ',"key":' .. cjson.encode(key) .. ',"reason":' .. cjson.encode(reason))
return refused
