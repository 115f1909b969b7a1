-- Appends journal records and opens waits.
-- KEYS  record, journal, waits, events
-- ARGV  id, token, what write() reads
-- Returns {'stale'} or {'saved', the records of others}.
local record, journal, waits, events = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if is_fenced_off(record, ARGV[2]) then
  return { 'stale' }
end
local now = clock()
local tail = write(record, journal, waits, events, ARGV[1], now, 3)
if not tail then
  return { 'stale' }
end
if tonumber(ARGV[4]) > 0 then
  emit(record, events, ARGV[1], now, 'saved', '', false)
end
return { 'saved', tail }
