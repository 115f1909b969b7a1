-- Tells a claim that outlived a loss of the store's newest records whether all it counts on is still there. If so, the
-- task counts as claimed in the new incarnation.
-- KEYS  record, journal, past
-- ARGV  token, journal records the claim knows
-- Returns 1, or 0 when the claim is lost.
local record, journal, past = KEYS[1], KEYS[2], KEYS[3]
if is_fenced_off(record, ARGV[1]) or redis.call('LLEN', journal) < tonumber(ARGV[2]) then
  return 0
end
redis.call('HSET', record, 'incarnation', redis.call('HGET', past, 'incarnation') or '0')
return 1
