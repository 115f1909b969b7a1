-- Sends something to the model of a live task, which takes it with its next step.
-- KEYS  record, journal, events
-- ARGV  id, key of the message, without spaces, journal record, most messages of a task
-- Returns 1, also when the message was sent before; -2 when there are as many as there may be, 0 when the task is over, -1 when there is none.
local record, journal, events = KEYS[1], KEYS[2], KEYS[3]
local id = ARGV[1]
local state = redis.call('HMGET', record, 'run', 'worker', 'steers')
if not state[1] then
  return -1
end
if state[1] == 'done' then
  return 0
end
-- Keys of what was sent, each with a space behind it.
local steers = state[3] or ''
if string.find(' ' .. steers, ' ' .. ARGV[2] .. ' ', 1, true) then
  return 1
end
if select(2, string.gsub(steers, ' ', '')) >= tonumber(ARGV[4]) then
  return -2
end
local now = clock()
redis.call('HSET', record, 'steers', steers .. ARGV[2] .. ' ', 'updated', int(now))
redis.call('RPUSH', journal, ARGV[3])
if state[1] == 'running' then
  -- Should it not hear of this, it reads the record with its next write.
  redis.call('PUBLISH', 'lh:worker:' .. state[2], 'grown ' .. id)
end
emit(record, events, id, now, 'steered', '')
return 1
