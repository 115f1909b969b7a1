-- What is owed to a task whose time has come, decided by its record (invariant 7). Safe with several sweepers: each
-- decision moves the task's due time in the same breath.
-- KEYS  record, journal, waits, due, delivery, owner index, dead, values, submissions, events, open, below, record of the root, pins, budget, its ledger, asking
-- ARGV  id, wake grace ms, keep until, retention ms, ms for which a task may be paused
-- Returns {'nothing'}, {'removed'}, {'owing'} when others have to hear of its end, {'timed_out'} when it has failed now since its time is over, {'wake'} or
-- {'waits', wait values}.
local record, journal, waits, due, delivery = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local index, dead, values, submissions, events, open = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local below, root, pins, budget, ledger, asking = KEYS[12], KEYS[13], KEYS[14], KEYS[15], KEYS[16], KEYS[17]
local id = ARGV[1]
local now = clock()
local score = redis.call('ZSCORE', due, id)
if not score or tonumber(score) > now then
  return { 'nothing' }
end
local state = redis.call('HMGET', record, 'run', 'lease', 'removable', 'deaths', 'key', 'ends', 'waited', 'asked', 'timeout', 'worker', 'interrupted',
  'owner', 'owed', 'paused', 'pin', 'asking')
local run = state[1]
if not run then
  redis.call('ZREM', due, id)
  return { 'nothing' }
end
if run == 'done' then
  if state[13] then
    redis.call('ZADD', due, int(now + tonumber(ARGV[2])), id)
    return { 'owing' }
  end
  if root ~= record then
    -- It is kept as long as the root is, whose end is at least a retention before its removal.
    local of_root = redis.call('HMGET', root, 'run', 'removable')
    if of_root[1] then
      state[3] = of_root[2] or int(now + tonumber(ARGV[4]))
    end
  end
  if tonumber(state[3]) > now then
    redis.call('ZADD', due, state[3], id)
    return { 'nothing' }
  end
  redis.call('DEL', record, journal, waits, delivery, values, below, budget, ledger)
  redis.call('ZREM', due, id)
  redis.call('ZREM', index, id)
  if state[4] then
    redis.call('ZREM', dead, id)
  end
  if state[5] then
    redis.call('HDEL', submissions, state[5])
  end
  if state[15] then
    unpin(pins, state[15])
  end
  if state[16] then
    redis.call('ZREM', asking, id)
  end
  return { 'removed' }
end
local over_at = time_is_over_at(state[6], state[7], state[8], state[14])
local resumable_until = state[14] and run == 'paused' and tonumber(state[14]) + tonumber(ARGV[5])
if (over_at or resumable_until or math.huge) <= now then
  local message = resumable_until
      and 'pause_timeout: The task was paused for longer than it may be, ' .. ARGV[5] .. ' ms. (LONGHAUL_MAX_PAUSE_MS)'
    or 'task_timeout: The task took longer than it may, ' .. state[9] .. ' ms.'
      .. ' Time in which it waited for people is not counted.'
  local outcome = '{"kind":"error","error":{"code":-32603,"message":"' .. message .. '"}}'
  redis.call('HSET', record, 'message', message, 'broken', (state[10] or state[11]) and '1' or '0')
  conclude(record, waits, delivery, due, events, open, id, state[12], now, 'failed', outcome, ARGV[3], ARGV[4],
    is_undoable(redis.call('HGET', record, 'head')))
  if state[10] then
    redis.call('PUBLISH', 'lh:worker:' .. state[10], 'lost ' .. id)
  end
  return { 'timed_out' }
end
if run == 'running' and tonumber(state[2]) > now then
  redis.call('ZADD', due, int(math.min(tonumber(state[2]), over_at or math.huge)), id)
  return { 'nothing' }
end
local grace = tonumber(ARGV[2])
if state[14] then
  if run == 'running' then
    -- Whoever ran it was lost on the way to its next step.
    redis.call('HSET', record, 'interrupted', '1')
    put_away(record, due, id, now)
  end
  local values = redis.call('HVALS', waits)
  local at = tonumber(state[14]) + tonumber(ARGV[5])
  for _, value in ipairs(values) do
    at = math.min(at, tonumber(string.match(value, '^%a(%d+)')))
  end
  redis.call('ZADD', due, int(at > now and at or now + grace), id)
  return at > now and { 'nothing' } or { 'waits', values }
end
if run == 'waiting' then
  local values = redis.call('HVALS', waits)
  if #values > 0 then
    redis.call('ZADD', due, int(now + grace), id)
    return { 'waits', values }
  end
  -- Nobody will ever wake a task that waits for nothing: its start was put off until now, or its waits were resolved.
  redis.call('HSET', record, 'run', 'ready')
  if redis.call('HDEL', record, 'delayed') == 1 then
    redis.call('HDEL', record, 'message')
  end
end
-- In a long queue a wake-up is late, not lost, and adding it again is in vain: the longer the oftener it was added since
-- the last claim, up to 32 times as long, so that this does not keep the sweepers from what is really due.
local times = math.min(redis.call('HINCRBY', record, 'wakes', 1), 6)
redis.call('ZADD', due, int(math.min(now + grace * 2 ^ (times - 1), over_at or math.huge)), id)
return { 'wake' }
