-- Whether a request was cancelled lately, by the clock of the store; an older note is of another request with its id, and
-- is forgotten.
-- KEYS  withdrawn
-- ARGV  request, ms for which a note counts
-- Returns 1 where it was, else 0
local withdrawn = KEYS[1]
local at = redis.call('ZSCORE', withdrawn, ARGV[1])
if not at then
  return 0
end
if clock() - tonumber(at) <= tonumber(ARGV[2]) then
  return 1
end
redis.call('ZREM', withdrawn, ARGV[1])
return 0
