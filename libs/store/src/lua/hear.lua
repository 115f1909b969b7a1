-- Tells a task that was ended what calls of it had come to of which it had not heard, so that they are undone, too.
-- KEYS  record, journal, values
-- ARGV  number of records that the caller knows, number of records that it adds, records..., (hash, large value)...
-- Returns 1; 0 when somebody else has told it, or all that was owed after its end is done.
local record, journal, values = KEYS[1], KEYS[2], KEYS[3]
local last = 2 + tonumber(ARGV[2])
if redis.call('HEXISTS', record, 'owed') == 0 or not append(journal, tonumber(ARGV[1]), 3, last) then
  return 0
end
for i = last + 1, #ARGV, 2 do
  redis.call('HSETNX', values, ARGV[i], ARGV[i + 1])
end
return 1
