-- Puts another value in place of the one that the caller has read, if it is still that one.
-- KEYS  any string key
-- ARGV  the value that was read, the new one, ms that it is kept
-- Returns 1, or 0 when it is another one by now, or gone
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
