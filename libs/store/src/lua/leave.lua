-- A stream has ended: what it had shown unanswered may be shown on another, and another may tell the progress.
-- KEYS  record, delivery
-- ARGV  id, stream
local record, delivery = KEYS[1], KEYS[2]
redis.call('HDEL', delivery, 'stream:' .. ARGV[2])
local fields = redis.call('HGETALL', delivery)
local freed = 0
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 6) == 'shown:' and string.match(fields[i + 1], '^(%S+)') == ARGV[2] then
    freed = freed + redis.call('HDEL', delivery, fields[i])
  end
end
if string.match(redis.call('HGET', delivery, 'teller') or '', '^(%S+)') == ARGV[2] then
  freed = freed + redis.call('HDEL', delivery, 'teller')
end
if freed > 0 then
  nudge(record, ARGV[1])
end
return freed
