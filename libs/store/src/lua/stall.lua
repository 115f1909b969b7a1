-- Says why nobody takes a task that any worker may take.
-- KEYS  record, events
-- ARGV  id, reason, '1' where its wake-up waits for whoever comes
local record, events = KEYS[1], KEYS[2]
if redis.call('HGET', record, 'run') == 'ready' then
  stall(record, events, ARGV[1], clock(), ARGV[2])
  if ARGV[3] == '' then
    -- It is looked at again as soon as ever, since somebody may come who takes it.
    redis.call('HDEL', record, 'wakes')
  end
end
