-- Makes a stream the one that tells the progress of a task, so that nobody hears it twice. A stream of the task itself
-- comes before a stream of the whole session.
-- KEYS  record, delivery
-- ARGV  stream, 'task' or 'session', lease ms
-- Returns 1 when it is this stream; 0 when another live one tells it, or the task is over or gone.
local record, delivery = KEYS[1], KEYS[2]
local status = redis.call('HGET', record, 'status')
if not status or is_terminal(status) then
  return 0
end
local now = clock()
local stream, kind, till = string.match(redis.call('HGET', delivery, 'teller') or '', '^(%S+) (%S+) (%d+)$')
local is_mine = stream == ARGV[1]
local comes_after = kind == 'session' and ARGV[2] == 'task'
if stream and not is_mine and not comes_after and tonumber(till) > now then
  return 0
end
redis.call('HSET', delivery, 'teller', ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. int(now + tonumber(ARGV[3])))
return 1
