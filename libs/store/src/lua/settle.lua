-- What is owed to a task whose time has come, decided by its record (invariant 7). Safe with several sweepers: each
-- decision moves the task's due time in the same breath.
-- KEYS  record, journal, waits, due, delivery, owner index, dead, values, submissions
-- ARGV  id, wake grace ms
-- Returns {'nothing'}, {'removed'}, {'wake'} or {'waits', wait values}.
local record, journal, waits, due, delivery = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local index, dead, values, submissions = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local id = ARGV[1]
local now = clock()
local score = redis.call('ZSCORE', due, id)
if not score or tonumber(score) > now then
  return { 'nothing' }
end
local state = redis.call('HMGET', record, 'run', 'lease', 'removable', 'deaths', 'key')
local run = state[1]
if not run then
  redis.call('ZREM', due, id)
  return { 'nothing' }
end
if run == 'done' then
  if tonumber(state[3]) > now then
    redis.call('ZADD', due, state[3], id)
    return { 'nothing' }
  end
  redis.call('DEL', record, journal, waits, delivery, values)
  redis.call('ZREM', due, id)
  redis.call('ZREM', index, id)
  if state[4] then
    redis.call('ZREM', dead, id)
  end
  if state[5] then
    redis.call('HDEL', submissions, state[5])
  end
  return { 'removed' }
end
if run == 'running' and tonumber(state[2]) > now then
  redis.call('ZADD', due, state[2], id)
  return { 'nothing' }
end
redis.call('ZADD', due, int(now + tonumber(ARGV[2])), id)
if run == 'waiting' then
  local values = redis.call('HVALS', waits)
  if #values > 0 then
    return { 'waits', values }
  end
  -- Nobody will ever wake a task that waits for nothing: its start was put off until now, or its waits were resolved.
  redis.call('HSET', record, 'run', 'ready')
  if redis.call('HDEL', record, 'delayed') == 1 then
    redis.call('HDEL', record, 'message')
  end
end
return { 'wake' }
