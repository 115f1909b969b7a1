-- Appends records to a journal that has not grown since its caller looked, and nothing else: what most writes are. Any
-- other is save.lua's.
-- KEYS  record, journal
-- ARGV  token, number of records that the caller knows, records...
-- Returns 'stale' when the claim is not the newest, 'appended', or 'changed' with nothing done.
local record, journal = KEYS[1], KEYS[2]
if is_fenced_off(record, ARGV[1]) then
  return 'stale'
end
return append(journal, tonumber(ARGV[2]), 3, #ARGV) and 'appended' or 'changed'
