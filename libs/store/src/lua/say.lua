-- Adds what the tool says to the events: a log message, or that an elicitation is complete.
-- KEYS  record, events
-- ARGV  id, token, type of the event, members of the event as JSON text starting with a comma
-- Returns 1, or 0 when the claim is lost.
local record, events = KEYS[1], KEYS[2]
if is_fenced_off(record, ARGV[2]) then
  return 0
end
emit(record, events, ARGV[1], clock(), ARGV[3], ARGV[4])
return 1
