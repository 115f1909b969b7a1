-- Tells the tasks above one what its tool says: a log message, that an elicitation is complete, or progress. Theirs rises
-- with that towards their next whole number, which is theirs to tell.
-- KEYS  record, events; of each task above it: record
-- ARGV  id, token, type of the event, members of the event as JSON text starting with a comma, of progress its message
-- Returns 1, or 0 when the claim is lost.
local record, events = KEYS[1], KEYS[2]
if is_fenced_off(record, ARGV[2]) then
  return 0
end
local now = clock()
for i = 3, #KEYS do
  local above = KEYS[i]
  local id = string.match(above, '([^:]+)$')
  local state = redis.call('HMGET', above, 'run', 'progress', 'status')
  if not state[1] or state[1] == 'done' then
    -- Nothing happens to it any more.
  elseif ARGV[3] ~= 'progress' then
    emit(above, events, id, now, ARGV[3], ARGV[4])
  else
    local progress = state[2] and cjson.decode(state[2]) or { progress = 0 }
    local last = progress.progress
    progress.progress = tonumber(string.format('%.10f', last + (math.floor(last) + 1 - last) / 16))
    progress.message = ARGV[5]
    if progress.progress > last and progress.progress < math.floor(last) + 1 then
      local text = cjson.encode(progress)
      redis.call('HSET', above, 'progress', text, 'updated', int(now))
      if state[3] == 'working' then
        redis.call('HSET', above, 'message', ARGV[5])
      end
      emit(above, events, id, now, 'progress', ',"progress":' .. text)
    end
  end
end
return 1
