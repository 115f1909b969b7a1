-- Lists a task no longer among those that ask people something, unless a question is open in it.
-- KEYS  record, asking
-- ARGV  id
-- Returns 1, 0 when it stays there.
local record, asking = KEYS[1], KEYS[2]
if (tonumber(redis.call('HGET', record, 'questions')) or 0) > 0 then
  return 0
end
redis.call('ZREM', asking, ARGV[1])
redis.call('HDEL', record, 'asking')
return 1
