-- Sets a value that is kept for a while: what a process says of itself again and again.
-- KEYS  any string key
-- ARGV  value, ms that it is kept
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
