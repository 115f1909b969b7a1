-- Takes the first outcome for an open wait; the task can go on.
-- KEYS  record, journal, waits, due, events, delivery, values; of each task above it: record, waits, delivery
-- ARGV  id, key, journal record, wake grace ms, key under which the tasks above show the question or '', and where the
--       record refers to a large value: its hash, the value
-- Returns 0 when the wait is not open, 1 when the task must be woken, 2 when a live activation was told instead, 3 when the
-- task is paused: then it goes on with the outcome when it is resumed.
local record, journal, waits, due, events, delivery = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local values = KEYS[7]
local id, key = ARGV[1], ARGV[2]
local wait = redis.call('HGET', waits, key)
if not wait then
  return 0
end
local now = clock()
local state = redis.call('HMGET', record, 'status', 'run', 'lease', 'worker', 'asked', 'waited', 'paused')
redis.call('HDEL', waits, key)
redis.call('RPUSH', journal, ARGV[3])
if ARGV[6] then
  redis.call('HSETNX', values, ARGV[6], ARGV[7])
end
if string.sub(wait, 1, 1) == 'q' then
  state[1] = close_question(record, delivery, key, now, state[5], state[6], state[7])
  for i = 8, #KEYS, 3 do
    close_relayed(KEYS[i], KEYS[i + 1], KEYS[i + 2], due, events, now, { ARGV[5] })
  end
end
redis.call('HSET', record, 'updated', int(now))
emit(record, events, id, now, 'resolved', ',"status":"' .. state[1] .. '","key":' .. cjson.encode(key))
return go_on(record, due, id, now, ARGV[4], state[2], state[3], state[4])
