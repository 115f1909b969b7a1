-- Adds a log message of the tool to the event log.
-- KEYS  record, events
-- ARGV  id, token, members of the event as JSON text starting with a comma
-- Returns 1, or 0 when the claim is lost.
local record, events = KEYS[1], KEYS[2]
if is_fenced_off(record, ARGV[2]) then
  return 0
end
emit(record, events, ARGV[1], clock(), 'log', ARGV[3], true)
return 1
