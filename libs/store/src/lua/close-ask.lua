-- Ends the question whether a budget is raised: it is open in no task any more, and all that wait for the budget go on.
-- KEYS  hash, ledger, due, events; of each task that shows it: record, waits, delivery; of each that waits: record, journal, waits
-- ARGV  number of the question, field of the raised limit or '', its new value, '1' when it was declined, line for the ledger or
--       '', wake grace ms, number of tasks that show it, number that wait, (id, step, key of its wait, journal record)...
-- Returns {'not_open'}; {'again'} when others wait than the caller knows; {'closed', for each that waits: 0 when it does not
-- any more, 1 when it must be woken, 2 when a live activation was told}.
local key, ledger, due, events = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local open = redis.call('HMGET', key, 'ask', 'ask:key', 'waiting')
if open[1] ~= ARGV[1] then
  return { 'not_open' }
end
local shown, waiting = tonumber(ARGV[7]), tonumber(ARGV[8])
if (tonumber(open[3]) or 0) ~= waiting then
  return { 'again' }
end
for at = 9, 8 + 4 * waiting, 4 do
  if redis.call('HEXISTS', key, 'w:' .. ARGV[at] .. ' ' .. ARGV[at + 1]) == 0 then
    return { 'again' }
  end
end

if ARGV[2] ~= '' then
  redis.call('HSET', key, ARGV[2], ARGV[3])
end
if ARGV[4] ~= '' then
  redis.call('HSET', key, 'declined', '1')
end
local now = clock()
if ARGV[5] ~= '' then
  redis.call('RPUSH', ledger, ARGV[5] .. ',"at":' .. int(now) .. '}')
end
for at = 5, 4 + 3 * shown, 3 do
  local shown_record, shown_waits, shown_delivery = KEYS[at], KEYS[at + 1], KEYS[at + 2]
  close_relayed(shown_record, shown_waits, shown_delivery, due, events, now, { open[2] })
end
redis.call('HDEL', key, 'ask', 'ask:key', 'ask:wait', 'waiting')
local told = {}
for n = 0, waiting - 1 do
  local key_at, at = 5 + 3 * shown + 3 * n, 9 + 4 * n
  local record, journal, waits = KEYS[key_at], KEYS[key_at + 1], KEYS[key_at + 2]
  local id, wait_key = ARGV[at], ARGV[at + 2]
  redis.call('HDEL', key, 'w:' .. id .. ' ' .. ARGV[at + 1])
  if redis.call('HDEL', waits, wait_key) == 0 then
    told[n + 1] = 0
  else
    redis.call('RPUSH', journal, ARGV[at + 3])
    local state = redis.call('HMGET', record, 'run', 'lease', 'worker')
    told[n + 1] = go_on(record, due, id, now, ARGV[6], state[1], state[2], state[3])
  end
end
return { 'closed', told }
