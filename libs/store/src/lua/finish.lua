-- Ends a task with what it came to; its last journal records ride along. Where somebody has sent something to it that its
-- worker does not know of, it goes on instead.
-- KEYS  record, journal, waits, events, values, due, delivery, open
-- ARGV  id, token, status, outcome, is error '' or 1, status message or '', keep until, retention ms, owner,
--       '1' where what an earlier activation had begun is in doubt, else '', ms until the task is due where it goes on, what
--       write() reads
-- Returns {'stale'}; {'finished', '1' when those above or below it have to hear of it, else ''}; or 'handed_back' or 'paused'
-- with the records of others, their large values, and how many records were appended.
local record, journal, waits, events, values = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local due, delivery, open = KEYS[6], KEYS[7], KEYS[8]
local id = ARGV[1]
local state = redis.call('HMGET', record, 'token', 'message', 'paused')
if state[1] ~= ARGV[2] then
  if has_let_go(record, ARGV[2]) == 'done' and redis.call('HGET', record, 'outcome') == ARGV[4] then
    return { 'finished', redis.call('HEXISTS', record, 'owed') == 1 and '1' or '' }
  end
  return { 'stale' }
end
local tail, appended = write(record, journal, waits, events, values, id, 12)
if not tail then
  return { 'stale' }
end
if is_steered_in(tail) then
  if ARGV[10] ~= '' then
    redis.call('HSET', record, 'interrupted', ARGV[10])
  end
  local became = release(record, events, due, id, clock(), state[3], ARGV[11])
  return { became, tail, values_of(values, tail), appended }
end
if ARGV[5] ~= '' then
  redis.call('HSET', record, 'isError', ARGV[5])
end
if ARGV[10] ~= '' then
  redis.call('HSET', record, 'broken', ARGV[10])
end
if ARGV[6] ~= '' then
  redis.call('HSET', record, 'message', ARGV[6])
elseif state[2] then
  -- What was said on the way does not describe the end.
  redis.call('HDEL', record, 'message')
end
local is_owing = conclude(record, waits, delivery, due, events, open, id, ARGV[9], clock(), ARGV[3], ARGV[4], ARGV[7], ARGV[8])
return { 'finished', is_owing }
