-- Gives a worker the task for a while: a lease, and a token that every write must show (invariant 5). A claim whose
-- lease ran out is a death. One that left neither journal record nor wait behind counts with those right before it, and
-- after too many of them the task fails, since it may be what kills its workers.
-- KEYS  record, journal, waits, due, events, delivery, dead, values, past, open
-- ARGV  id, run id (random), worker, lease ms, '1' when the claimer runs nothing else, deaths after which it must not,
--       deaths after which the task fails, ms that such a task is kept, and what the claimer knows of the journal: how many records,
--       where its proof begins, the SHA-1 of the records from there on, one a line
-- Returns {'over'} when there is nothing to do, {'busy'} when a live lease holds the task (its holder is told to look
-- again), {'suspect', head} when only a claimer that runs nothing else may have it, {'dead', deaths} when it has failed now,
-- else {'claimed', token, interrupted '1' or '', head, args, progress or '', journal, wait values, number of known records,
-- large values, amnesia or '', ends or '', waited, asked or ''}. Where the proof holds, the journal is what follows the known records, and head and args are ''; else the
-- claimer is told everything and the number is 0, since the store went back in time. Amnesia is
-- the newest incarnation of the store that has begun since the task did: what was done before it may be forgotten.
local record, journal, waits, due, events = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local delivery, dead, values, past, open = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local id = ARGV[1]
local state = redis.call('HMGET', record, 'run', 'lease', 'head', 'args', 'progress', 'interrupted', 'token', 'deaths', 'reached',
  'incarnation', 'amnesia', 'epoch', 'again', 'owner', 'seq', 'ends', 'waited', 'asked', 'wakes', 'paused', 'steers', 'session')
local run = state[1]
if not run or run == 'done' or run == 'waiting' or run == 'paused' then
  return { 'over' }
end
local now = clock()
-- The same claim once more, since the connection broke before its answer: nothing can have begun under it.
local is_repeated = run == 'running' and string.match(state[7], '%.(.*)$') == ARGV[2]
if run == 'running' and not is_repeated and tonumber(state[2]) > now then
  redis.call('HSET', record, 'again', '1')
  return { 'busy' }
end
if state[20] then
  -- Whoever ran it was lost on the way to its next step.
  if not is_repeated then
    redis.call('HSET', record, 'interrupted', '1')
  end
  put_away(record, due, id, now)
  return { 'over' }
end
local over_at = time_is_over_at(state[16], state[17], state[18])
if over_at and over_at <= now then
  -- A sweeper ends it.
  redis.call('ZADD', due, int(over_at), id)
  return { 'over' }
end

-- Nothing was done yet for a task that nobody has claimed, unless it is a retry, which has an epoch from the beginning, or
-- something was sent to it.
local is_new = not state[12] and not state[21]
local open_waits = is_new and {} or redis.call('HVALS', waits)
-- How far the task has got. A wait leaves only by becoming a record, so that two equal ones mean no step in between.
local length = is_new and 0 or redis.call('LLEN', journal)
local reached = length .. ' ' .. #open_waits
local deaths = state[9] == reached and tonumber(state[8]) or 0
if run == 'running' and not is_repeated then
  deaths = deaths + 1
end
if deaths >= tonumber(ARGV[7]) then
  local message = 'worker_lost: ' .. deaths .. ' workers in a row were lost with the task before it had got any further.'
    .. ' It may be what ends them: their logs say more. (LONGHAUL_MAX_DEATHS)'
  local outcome = '{"kind":"error","error":{"code":-32603,"message":' .. cjson.encode(message) .. '}}'
  local head = cjson.decode(state[3])
  -- One that another one called is kept as long as the root of its tree.
  local keep_until = head.lineage and 0 or head.createdAt + head.ttlMs
  conclude(record, waits, delivery, due, events, open, id, state[14], now, 'failed', outcome, keep_until, ARGV[8], head.undoable)
  redis.call('HSET', record, 'message', message, 'deaths', deaths, 'broken', '1')
  redis.call('ZADD', dead, int(now), id)
  return { 'dead', deaths }
end
if state[19] then
  redis.call('HDEL', record, 'wakes')
end
if deaths >= tonumber(ARGV[6]) and ARGV[5] == '' then
  return { 'suspect', state[3] }
end

local epoch = int((tonumber(state[12]) or 0) + 1)
local token = epoch .. '.' .. ARGV[2]
local lease = int(now + tonumber(ARGV[4]))
local seq = int(tonumber(state[15]) + (is_repeated and 0 or 1))
redis.call('HSET', record, 'run', 'running', 'token', token, 'epoch', epoch, 'lease', lease, 'worker', ARGV[3], 'reached', reached,
  'seq', seq)
if state[13] then
  redis.call('HDEL', record, 'again')
end
redis.call('ZADD', due, int(math.min(tonumber(lease), over_at or math.huge)), id)
if not is_repeated then
  tell(record, events, id, seq, now, 'claimed', ',"worker":' .. cjson.encode(ARGV[3]), state[22])
end
-- Stays until an activation ends in order: a worker that hands the task back at once has settled nothing.
local interrupted = state[6] or ''
if run == 'running' and not is_repeated then
  interrupted = '1'
  redis.call('HSET', record, 'interrupted', interrupted, 'deaths', deaths)
end
local amnesia = state[11] or ''
local incarnation = redis.call('HGET', past, 'incarnation')
if incarnation and (tonumber(state[10]) or 0) < tonumber(incarnation) then
  amnesia = incarnation
  redis.call('HSET', record, 'incarnation', incarnation, 'amnesia', incarnation)
end
local head, args, known = state[3], state[4], tonumber(ARGV[9])
if known > 0 then
  if redis.sha1hex(table.concat(redis.call('LRANGE', journal, ARGV[10], known - 1), '\n')) == ARGV[11] then
    head, args = '', ''
  else
    known = 0
  end
end
local entries = length > known and redis.call('LRANGE', journal, known, -1) or {}
return {
  'claimed', token, interrupted, head, args, state[5] or '', entries, open_waits, known, values_of(values, entries),
  amnesia, state[16] or '', state[17] or '0', state[18] or '',
}
