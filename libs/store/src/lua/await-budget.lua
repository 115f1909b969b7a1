-- Lets a task wait for room in a budget, or for somebody to raise it: opens the wait, and, where there will be no room and
-- nobody is asked yet, shows the question in the task and in those above it. Reserves instead where there is room now.
-- KEYS  record, waits, events, asking, journal; of each account: hash, ledger, record of its task; of each task above: record, waits
-- ARGV  id, token, number of accounts, accounts as in spend.lua..., step, four amounts, place of the account that has no room, 1
--       when that may pass, key of the wait, wait, who waits as JSON without its last brace, number of the question, its key,
--       the wait that shows it, number of journal records that the caller knows
-- Returns 'stale'; 'reserved'; 'waits'; 'again' when that is not the reason any more.
local record, waits, events = KEYS[1], KEYS[2], KEYS[3]
local id = ARGV[1]
if is_fenced_off(record, ARGV[2]) then
  return 'stale'
end
local count = tonumber(ARGV[3])
local at = 4 + 7 * count
-- The same call once more, since its answer was lost: the wait may have ended by then.
for _, entry in ipairs(redis.call('LRANGE', KEYS[5], ARGV[at + 13], -1)) do
  if key_of(entry) == ARGV[at + 7] then
    return 'waits'
  end
end
local now, accounts = clock(), {}
for n = 1, count do
  local account_at, key_at = 7 * n - 3, 3 * n + 3
  local key, ledger, of_task = KEYS[key_at], KEYS[key_at + 1], KEYS[key_at + 2]
  local worked = ARGV[account_at + 6] == '' and 0 or worked_ms(of_task, tonumber(ARGV[account_at + 1]), now)
  accounts[n] = { key = key, ledger = ledger, account = read_account(key, account_at), worked = worked }
end
local place, _, is_passing = reserve(accounts, id, now, at)
for _, one in ipairs(accounts) do
  write_account(one.key, one.ledger, one.account)
end
redis.call('HSET', record, 'reserved', '1')
if not place then
  return 'reserved'
end
local account = accounts[place].account
if place ~= tonumber(ARGV[at + 5]) or is_passing ~= tonumber(ARGV[at + 6]) then
  return 'again'
elseif is_passing == 0 and (account.declined == 1 or account.ask ~= tonumber(ARGV[at + 10])) then
  return 'again'
end

local account_at = 3 * place + 3
local account_key = KEYS[account_at]
if is_passing == 0 then
  local key, shown = ARGV[at + 11], ARGV[at + 12]
  if redis.call('HSETNX', account_key, 'ask', ARGV[at + 10]) == 1 then
    redis.call('HSET', account_key, 'asks', ARGV[at + 10], 'ask:key', key, 'ask:wait', shown)
  else
    shown = redis.call('HGET', account_key, 'ask:wait')
  end
  if redis.call('HSETNX', waits, key, shown) == 1 then
    ask(record, events, id, { cjson.encode(key) })
  end
  for above = 6 + 3 * count, #KEYS, 2 do
    local above_record, above_waits = KEYS[above], KEYS[above + 1]
    if redis.call('HGET', above_record, 'run') ~= 'done' and redis.call('HSETNX', above_waits, key, shown) == 1 then
      ask(above_record, events, string.match(above_record, '([^:]+)$'), { cjson.encode(key) })
    end
  end
  list_asking(KEYS[4], KEYS[6 + 3 * count] or record)
end
redis.call('HSET', waits, ARGV[at + 7], ARGV[at + 8])
local waiter = ARGV[at + 9] .. ',"since":' .. int(now) .. ',"wants":"' .. (is_passing == 1 and 'room' or 'raise') .. '"}'
if redis.call('HSET', account_key, 'w:' .. id .. ' ' .. ARGV[at], waiter) == 1 then
  redis.call('HINCRBY', account_key, 'waiting', 1)
end
return 'waits'
