-- Appends journal records and opens waits.
-- KEYS  record, journal, waits, events, values, asking
-- ARGV  id, token, '1' where people are asked, else '', what write() reads
-- Returns {'stale'} or {'saved', the records of others, their large values, how many records were appended}.
local record, journal, waits, events, values = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
if is_fenced_off(record, ARGV[2]) then
  return { 'stale' }
end
local tail, appended = write(record, journal, waits, events, values, ARGV[1], 4)
if not tail then
  return { 'stale' }
end
if ARGV[3] ~= '' then
  list_asking(KEYS[6], record)
end
return { 'saved', tail, values_of(values, tail), appended }
