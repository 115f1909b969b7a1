-- A stream that shows questions of a task keeps what it has shown; one of the task itself also says that it is open.
-- KEYS  record, delivery
-- ARGV  stream, 'task' or 'session', lease ms
-- Returns 1, or 0 when the task is over or gone.
local record, delivery = KEYS[1], KEYS[2]
local status = redis.call('HGET', record, 'status')
if not status or is_terminal(status) then
  return 0
end
local now = clock()
local till = int(now + tonumber(ARGV[3]))
local fields = redis.call('HGETALL', delivery)
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 6) == 'shown:' and string.match(fields[i + 1], '^(%S+)') == ARGV[1] then
    redis.call('HSET', delivery, fields[i], (string.gsub(fields[i + 1], '%d+$', till)))
  elseif string.sub(fields[i], 1, 7) == 'stream:' and tonumber(fields[i + 1]) <= now then
    redis.call('HDEL', delivery, fields[i])
  end
end
if ARGV[2] == 'task' then
  redis.call('HSET', delivery, 'stream:' .. ARGV[1], till)
end
return 1
