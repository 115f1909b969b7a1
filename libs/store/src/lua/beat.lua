-- Notes that a process lives, and finds out whether the store still has what it had when that process was last here.
-- A store that went back in time enters a new incarnation, once however many processes notice.
-- KEYS  past, alive
-- ARGV  process; time of its last beat as this script said it, or ''; the incarnation it knows, or '';
--       '' or, to look which server this is, 'note', 'ask', or 'judge' once those who knew the last one would be back if they
--       lived; ms after which a silent process is forgotten
-- Returns {time of this beat, incarnation, ms that are lost or -1 (0: nobody knows how many), ''}. The last is 'gone' when
-- another server has the data now and those who knew it died with the old one, 'unknown' when that was asked and they may
-- be on their way back: then nothing was noted.
local past, alive = KEYS[1], KEYS[2]
local id, last, known, forget = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
local now = clock()
local state = redis.call('HMGET', past, 'incarnation', 'run', 'since')
local incarnation = tonumber(state[1]) or 0
local mine = tonumber(redis.call('ZSCORE', alive, id))
local newest = tonumber(redis.call('ZRANGE', alive, 0, 0, 'REV', 'WITHSCORES')[2])
local lost = -1
if last and mine and mine < last then
  lost = last - mine
elseif last and not mine and not (newest and newest > last + forget) then
  lost = newest and math.max(last - newest, 0) or 0
end
local witnesses = ''
if ARGV[4] ~= '' then
  -- Not everybody may ask that.
  local info = redis.pcall('INFO', 'server')
  local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)')
  if run and run ~= state[2] then
    -- Who was last heard of under an earlier server was counted when that one was gone.
    local has_witness = newest and newest >= (tonumber(state[3]) or 0)
    if ARGV[4] ~= 'note' and state[2] and has_witness and not last then
      if ARGV[4] == 'ask' then
        return { int(now), incarnation, -1, 'unknown' }
      end
      witnesses = 'gone'
    end
    redis.call('HSET', past, 'run', run, 'since', int(now))
  end
end
if (lost >= 0 or witnesses == 'gone') and incarnation <= (known or incarnation) then
  incarnation = math.max(incarnation, known or 0) + 1
  redis.call('HSET', past, 'incarnation', incarnation)
end
redis.call('ZADD', alive, int(now), id)
redis.call('ZREMRANGEBYSCORE', alive, '-inf', '(' .. int(now - forget))
return { int(now), incarnation, lost, witnesses }
