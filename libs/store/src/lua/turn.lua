-- Whose turn it is to sweep: that of the sweeper who took it, until that one is not heard of any more.
-- KEYS  sweeper
-- ARGV  sweeper, ms for which it has the turn
-- Returns 1 when it is this one's, else 0
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
