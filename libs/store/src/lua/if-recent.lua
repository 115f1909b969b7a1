-- Whether a value was set lately, by the clock of the store; an older one is removed.
-- KEYS  any string key
-- ARGV  ms for which it is kept, ms for which it counts
-- Returns 1 where it was, else 0
local left = redis.call('PTTL', KEYS[1])
if left == -2 then
  return 0
end
if tonumber(ARGV[1]) - left <= tonumber(ARGV[2]) then
  return 1
end
redis.call('DEL', KEYS[1])
return 0
