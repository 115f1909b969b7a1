-- Appends records to a journal that has not grown since its caller looked, and nothing else: what most writes are. Any
-- other is save.lua's.
-- KEYS  record, journal
-- ARGV  token, number of records that the caller knows, records...
-- Returns 'stale' when the claim is not the newest, 'appended', or 'changed' with nothing done.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 'stale'
end
if redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[2]) then
  return 'changed'
end
redis.call('RPUSH', KEYS[2], unpack(ARGV, 3))
return 'appended'
