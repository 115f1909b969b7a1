-- Stops a live task at its next step, until it is resumed: nobody is given it, and whoever runs it begins nothing more.
-- KEYS  record, journal, due, events, record of the task above with which it is paused (or its own)
-- ARGV  id, journal record that says so to whoever runs it, name of this call, most records that a journal may have
-- Returns 1, also when this call has paused it before; or why not: 2 when it was paused already, 3 when the one above is not
-- paused any more, 0 when the task is over already, -1 when there is none, -2 when there is no room for that record.
local record, journal, due, events, above = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id = ARGV[1]
local state = redis.call('HMGET', record, 'run', 'worker', 'paused', 'pauseCall')
local run = state[1]
if state[4] == ARGV[3] then
  return 1
end
local no = why_not(record, run, state[3], true, above)
if no then
  return no
end
if run == 'running' and redis.call('RPUSH', journal, ARGV[2]) > tonumber(ARGV[4]) then
  redis.call('RPOP', journal)
  return -2
end
local now = clock()
redis.call('HSET', record, 'paused', int(now), 'pauseCall', ARGV[3], 'updated', int(now))
if run == 'running' then
  -- Should it not hear of this, it reads the record with its next write.
  redis.call('PUBLISH', 'lh:worker:' .. state[2], 'grown ' .. id)
else
  put_away(record, due, id, now)
end
emit(record, events, id, now, 'paused', '')
return 1
