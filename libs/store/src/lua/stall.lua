-- Says why nobody takes a task that any worker may take.
-- KEYS  record, events
-- ARGV  id, reason
local record, events = KEYS[1], KEYS[2]
if redis.call('HGET', record, 'run') == 'ready' then
  stall(record, events, ARGV[1], clock(), ARGV[2])
  -- It is looked at again as soon as ever, since somebody may come who takes it.
  redis.call('HDEL', record, 'wakes')
end
