-- After the end of a task, when those above and below it have heard of it: takes back what it still asked them to show, and
-- lets its record wait for its removal.
-- KEYS  record, due, events; of each task above it: record, waits, delivery
-- ARGV  id
-- Returns 1, 0 when that was done before.
local record, due, events = KEYS[1], KEYS[2], KEYS[3]
local id = ARGV[1]
local state = redis.call('HMGET', record, 'owed', 'removable')
if not state[1] then
  return 0
end
if state[1] ~= '0' then
  local now, prefix = clock(), id .. '/'
  for above = 4, #KEYS, 3 do
    local above_waits = KEYS[above + 1]
    local keys = {}
    for _, key in ipairs(redis.call('HKEYS', above_waits)) do
      if string.sub(key, 1, #prefix) == prefix then
        keys[#keys + 1] = key
      end
    end
    close_relayed(KEYS[above], above_waits, KEYS[above + 2], due, events, now, keys)
  end
end
redis.call('HDEL', record, 'owed')
redis.call('ZADD', due, state[2], id)
return 1
