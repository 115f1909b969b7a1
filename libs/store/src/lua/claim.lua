-- Gives a worker the task for a while: a lease, and a token that every write must show (invariant 5).
-- KEYS  record, journal, waits, due, events
-- ARGV  id, run id (random), worker, lease ms
-- Returns {'over'} when there is nothing to do, {'busy'} when a live lease holds the task (its holder is told to look
-- again), else {'claimed', token, interrupted '1' or '', head, args, progress or '', journal, wait values}.
local record, journal, waits, due, events = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id = ARGV[1]
local state = redis.call('HMGET', record, 'run', 'lease', 'head', 'args', 'progress', 'interrupted', 'token')
local run = state[1]
if not run or run == 'done' or run == 'waiting' then
  return { 'over' }
end
local now = clock()
-- The same claim once more, since the connection broke before its answer: nothing can have begun under it.
local is_repeated = run == 'running' and string.match(state[7], '%.(.*)$') == ARGV[2]
if run == 'running' and not is_repeated and tonumber(state[2]) > now then
  redis.call('HSET', record, 'again', '1')
  return { 'busy' }
end
local token = int(redis.call('HINCRBY', record, 'epoch', 1)) .. '.' .. ARGV[2]
local lease = int(now + tonumber(ARGV[4]))
redis.call('HSET', record, 'run', 'running', 'token', token, 'lease', lease, 'worker', ARGV[3])
redis.call('HDEL', record, 'again')
redis.call('ZADD', due, lease, id)
emit(record, events, id, now, 'claimed', ',"worker":' .. cjson.encode(ARGV[3]), false)
-- Stays until an activation ends in order: a worker that hands the task back at once has settled nothing.
local interrupted = state[6] or ''
if run == 'running' and not is_repeated then
  interrupted = '1'
  redis.call('HSET', record, 'interrupted', interrupted)
end
return { 'claimed', token, interrupted, state[3], state[4], state[5] or '', redis.call('LRANGE', journal, 0, -1), redis.call('HVALS', waits) }
