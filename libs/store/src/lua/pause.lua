-- Stops a live task at its next step, until it is resumed: nobody is given it, and whoever runs it begins nothing more.
-- KEYS  record, journal, due, events, record of the task with which it is paused (or its own)
-- ARGV  id, journal record that says so to whoever runs it, since when that one is paused (else '')
-- Returns 1, 2 when it was paused before, 3 when the other one is not paused since then any more, 0 when the task is over
-- already, -1 when there is none.
local record, journal, due, events = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id = ARGV[1]
local state = redis.call('HMGET', record, 'run', 'worker', 'paused')
local run = state[1]
if not run then
  return -1
end
if run == 'done' then
  return 0
end
if state[3] then
  return 2
end
-- Whoever resumed that one has resumed those below it, too.
if ARGV[3] ~= '' and redis.call('HGET', KEYS[5], 'paused') ~= ARGV[3] then
  return 3
end
local now = clock()
redis.call('HSET', record, 'paused', int(now), 'updated', int(now))
if run == 'running' then
  -- Should it not hear of this, it reads the record with its next write.
  redis.call('RPUSH', journal, ARGV[2])
  redis.call('PUBLISH', 'lh:worker:' .. state[2], 'grown ' .. id)
else
  put_away(record, due, id, now)
end
emit(record, events, id, now, 'paused', '', true)
return 1
