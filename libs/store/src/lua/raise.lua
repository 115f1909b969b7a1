-- Notes that the store is now of the next schema, unless another process has done so.
-- KEYS  schema
-- ARGV  the version that it was migrated from, the next one
-- Returns the version that it is of now.
local schema = KEYS[1]
local version = redis.call('GET', schema) or '1'
if version == ARGV[1] then
  redis.call('SET', schema, ARGV[2])
  version = ARGV[2]
end
return tonumber(version)
