-- Notes that the client of a session has cancelled a request, and forgets the oldest such notes where there are too many.
-- KEYS  withdrawn
-- ARGV  request, most notes, ms that they are kept after the last
local withdrawn = KEYS[1]
redis.call('ZADD', withdrawn, int(clock()), ARGV[1])
redis.call('ZREMRANGEBYRANK', withdrawn, 0, -tonumber(ARGV[2]) - 1)
redis.call('PEXPIRE', withdrawn, ARGV[3])
