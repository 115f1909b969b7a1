-- Lets a paused task go on. The time for which it was paused counts as one in which it waited for people.
-- KEYS  record, due, events, record of the task above with which it goes on (or its own)
-- ARGV  id, wake grace ms, name of this call
-- Returns 1 when it must be woken, also when this call has resumed it before, 4 when it goes on by itself: its worker has not put it away yet, or its start is still to
-- come; or why not: 2 when it was not paused, 3 when the one above is paused again, 0 when the task is over already, -1 when
-- there is none.
local record, due, events, above = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id = ARGV[1]
local state = redis.call('HMGET', record, 'run', 'paused', 'asked', 'waited', 'delayed', 'head', 'resumeCall')
if state[7] == ARGV[3] then
  return 1
end
local run, paused, asked = state[1], tonumber(state[2]), tonumber(state[3])
local no = why_not(record, run, paused, false, above)
if no then
  return no
end
local now = clock()
local starts_at = state[5] and cjson.decode(state[6]).startAt or 0
local fields = { 'updated', int(now), 'resumeCall', ARGV[3] }
if asked then
  -- The clock stands on, until the last question is closed.
  fields[5], fields[6] = 'asked', int(math.min(asked, paused))
else
  fields[5], fields[6] = 'waited', int((tonumber(state[4]) or 0) + math.max(0, now - math.max(paused, starts_at)))
end
redis.call('HSET', record, unpack(fields))
redis.call('HDEL', record, 'paused')
if run == 'paused' then
  local is_early = starts_at > now
  redis.call('HSET', record, 'run', is_early and 'waiting' or 'ready')
  redis.call('ZADD', due, int(is_early and starts_at or now + tonumber(ARGV[2])), id)
  if state[5] and not is_early then
    redis.call('HDEL', record, 'delayed', 'message')
  end
end
emit(record, events, id, now, 'resumed', '')
return run == 'paused' and starts_at <= now and 1 or 4
