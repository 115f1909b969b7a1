-- Prolongs a lease.
-- KEYS  record, journal, due
-- ARGV  id, token, lease ms, journal records the claim knows
-- Returns -1 when the claim is lost, 1 when others added to the journal, else 0.
local record, journal, due = KEYS[1], KEYS[2], KEYS[3]
if is_fenced_off(record, ARGV[2]) then
  return -1
end
local lease = int(clock() + tonumber(ARGV[3]))
redis.call('HSET', record, 'lease', lease)
redis.call('ZADD', due, lease, ARGV[1])
return redis.call('LLEN', journal) > tonumber(ARGV[4]) and 1 or 0
