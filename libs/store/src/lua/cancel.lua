-- Cancels a live task at once, and tells the worker that runs it (invariant 1: terminal wins).
-- KEYS  record, waits, due, events, delivery, open
-- ARGV  id, outcome, status message, keep until, retention ms, owner
-- Returns 1, 2 when those above or below it have to hear of it, or what it had done is to be undone, 0 when the task is over already, -1 when there is none.
local record, waits, due, events, delivery, open = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local id = ARGV[1]
local state = redis.call('HMGET', record, 'status', 'worker', 'interrupted', 'head')
if not state[1] then
  return -1
end
if is_terminal(state[1]) then
  return 0
end
redis.call('HSET', record, 'message', ARGV[3], 'broken', (state[2] or state[3]) and '1' or '0')
local is_owing = conclude(record, waits, delivery, due, events, open, id, ARGV[6], clock(), 'cancelled', ARGV[2], ARGV[4], ARGV[5],
  is_undoable(state[4]))
if state[2] then
  redis.call('PUBLISH', 'lh:worker:' .. state[2], 'lost ' .. id)
end
return is_owing == '1' and 2 or 1
