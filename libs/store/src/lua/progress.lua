-- Notes progress, if it is more than the last: it rises over the whole life of a task, restarts included.
-- KEYS  record, events
-- ARGV  id, token, progress number, progress JSON, message or ''
-- Returns 1, or 0 when ignored.
local record, events = KEYS[1], KEYS[2]
if is_fenced_off(record, ARGV[2]) then
  return 0
end
local last = redis.call('HGET', record, 'progress')
if last and cjson.decode(last).progress >= tonumber(ARGV[3]) then
  return 0
end
local now = clock()
redis.call('HSET', record, 'progress', ARGV[4], 'updated', int(now))
if ARGV[5] ~= '' and redis.call('HGET', record, 'status') == 'working' then
  redis.call('HSET', record, 'message', ARGV[5])
end
emit(record, events, ARGV[1], now, 'progress', ',"progress":' .. ARGV[4])
return 1
