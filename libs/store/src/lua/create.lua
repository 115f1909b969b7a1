-- A new task: record, owner index, due. The record exists before anyone hears its id (invariant 2).
-- KEYS  record, owner index, due, events, waits, delivery, past, submissions, open, journal, values, pins
-- ARGV  id, head, args, session or '', created at, wake grace ms, owner, most open tasks of the owner,
--       idempotency key or '', payload hash, start at or '', status message or '', and for a task that is over before it
--       began: status or '', outcome, is error '' or 1, keep until, retention ms; most time that it may take, ms or ''; '1'
--       when it is in its owner's list, or ''; hash of the definition that is pinned for it or '', that definition or '';
--       and where it is a retry: what it had begun is in doubt '' or 1, number of journal records, records..., (hash, large value)...
-- Returns {'created'}; {'exists'} when the id is taken; {'known', id of the task} when the owner has a task of this
-- payload under the idempotency key, {'conflict'} when its payload is another; {'too_many'} when as many are open.
local record, index, due, events, waits, delivery = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local past, submissions, open, journal, values, pins = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local id, created, owner, key = ARGV[1], ARGV[5], ARGV[7], ARGV[9]
local now = clock()
local is_delayed = ARGV[11] ~= ''
local known = key ~= '' and redis.call('HGET', submissions, key)
local known_id, payload = string.match(known or '', '^(%S+) (%S+)$')
if known and known_id ~= id then
  return payload == ARGV[10] and { 'known', known_id } or { 'conflict' }
end
-- Every task that is there is in `due`.
if redis.call('ZADD', due, 'NX', is_delayed and ARGV[11] or int(now + tonumber(ARGV[6])), id) == 0 then
  return { 'exists' }
end
if redis.call('HINCRBY', open, owner, 1) > tonumber(ARGV[8]) then
  redis.call('HINCRBY', open, owner, -1)
  redis.call('ZREM', due, id)
  return { 'too_many' }
end
if key ~= '' then
  redis.call('HSET', submissions, key, id .. ' ' .. ARGV[10])
end

local fields = {
  'head', ARGV[2], 'args', ARGV[3], 'status', 'working', 'run', is_delayed and 'waiting' or 'ready', 'updated', created,
  'owner', owner, 'seq', '1',
}
for name, value in pairs({
  key = key, pin = ARGV[20], session = ARGV[4], message = ARGV[12], delayed = is_delayed and '1' or '',
  incarnation = redis.call('HGET', past, 'incarnation') or '', interrupted = ARGV[22] or '', epoch = ARGV[22] and '0' or '',
  timeout = ARGV[18], ends = ARGV[18] ~= '' and int((is_delayed and tonumber(ARGV[11]) or now) + tonumber(ARGV[18])) or '',
}) do
  if value ~= '' then
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
end
redis.call('HSET', record, unpack(fields))
if ARGV[22] then
  local values_at = 24 + tonumber(ARGV[23])
  local entries = {}
  for i = 24, values_at - 1 do
    entries[#entries + 1] = ARGV[i]
  end
  push_all(journal, entries)
  for i = values_at, #ARGV, 2 do
    redis.call('HSET', values, ARGV[i], ARGV[i + 1])
  end
end
if ARGV[20] ~= '' then
  pin(pins, ARGV[20], ARGV[21])
end
if ARGV[19] ~= '' then
  redis.call('ZADD', index, created, id)
end
-- Kept and not published: nobody can follow a task before its id is known.
keep(events, id, '1', now, 'created', '')
if ARGV[13] ~= '' then
  if ARGV[15] ~= '' then
    redis.call('HSET', record, 'isError', ARGV[15])
  end
  conclude(record, waits, delivery, due, events, open, id, owner, now, ARGV[13], ARGV[14], ARGV[16], ARGV[17])
end
return { 'created' }
