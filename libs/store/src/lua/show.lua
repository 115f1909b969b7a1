-- Lets one stream show an open question. A stream of the task itself comes before a stream of the whole session.
-- KEYS  waits, delivery
-- ARGV  key, stream, 'task' or 'session', lease ms, '1' where it is shown only if no stream has shown it yet, else '', name of
--       this call
-- Returns {the number of this showing, from 1; how many answers were refused so far; how often a client has lost it}; {0}
-- when it is not this stream's to show; {-1} when the question is not open.
local waits, delivery = KEYS[1], KEYS[2]
local key, stream = ARGV[1], ARGV[2]
if redis.call('HEXISTS', waits, key) == 0 then
  return { -1 }
end
local now = clock()
local shown = redis.call('HGET', delivery, 'shown:' .. key) or ''
-- Where the answer to this call was lost nobody else shows it.
local is_repeated = string.match(shown, '^%S+ (%S+) ') == ARGV[6]
if not is_repeated then
  if ARGV[5] == '1' and redis.call('HEXISTS', delivery, 'attempts:' .. key) == 1 then
    return { 0 }
  end
  if shown ~= '' and tonumber(string.match(shown, '(%d+)$')) > now then
    return { 0 }
  end
  if ARGV[3] == 'session' then
    local fields = redis.call('HGETALL', delivery)
    for i = 1, #fields, 2 do
      if string.sub(fields[i], 1, 7) == 'stream:' and tonumber(fields[i + 1]) > now then
        return { 0 }
      end
    end
  end
end
redis.call('HSET', delivery, 'shown:' .. key, stream .. ' ' .. ARGV[6] .. ' ' .. int(now + tonumber(ARGV[4])))
local void = redis.call('HMGET', delivery, 'refused:' .. key, 'lost:' .. key)
local attempt = redis.call('HINCRBY', delivery, 'attempts:' .. key, is_repeated and 0 or 1)
return { attempt, tonumber(void[1]) or 0, tonumber(void[2]) or 0 }
