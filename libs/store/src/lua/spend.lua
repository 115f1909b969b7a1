-- Appends journal records and opens waits as save.lua does, counts in budgets what calls have taken, and reserves in them
-- the most that further calls may take: in all of them, or in none. Not of the same step, since a call that comes twice would
-- count what was reserved by the first.
-- KEYS  record, journal, waits, events, values, asking; of each account: hash, ledger, record of its task
-- ARGV  1 id, 2 token, 3 '1' where people are asked, else ''
--       4 number of accounts; for each, 7: suffix, start of its task Unix ms, limits of tokens, nanoUsd, turns, toolCalls, wall
--         time ms, each '' where there is none
--       number of settlements; for each, 5: step, tokens, nanoUsd, turns, toolCalls
--       number of reservations; for each, 5: the same
--       what write() reads
-- Returns {'stale'} or {'saved', the records of others, their large values, how many records were appended, shortages, woken}
--       shortages  for each reservation {} or {place of the account, place of the limit, 1 when that may pass, limit, used, held,
--         needed, number of the question whether it is raised, 1 when it was declined}
--       woken  for each account who waits for room and finds some now: {field, value, ...}
local record, journal, waits, events, values = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id = ARGV[1]
if is_fenced_off(record, ARGV[2]) then
  return { 'stale' }
end
local settlements_at = 5 + 7 * tonumber(ARGV[4])
local reservations_at = settlements_at + 1 + 5 * tonumber(ARGV[settlements_at])
local write_at = reservations_at + 1 + 5 * tonumber(ARGV[reservations_at])
local tail, appended = write(record, journal, waits, events, values, id, write_at)
if not tail then
  return { 'stale' }
end
if ARGV[3] ~= '' then
  list_asking(KEYS[6], record)
end

local now, accounts = clock(), {}
for n = 1, tonumber(ARGV[4]) do
  local at, key_at = 7 * n - 2, 3 * n + 4
  local key, ledger, of_task = KEYS[key_at], KEYS[key_at + 1], KEYS[key_at + 2]
  local worked = ARGV[at + 6] == '' and 0 or worked_ms(of_task, tonumber(ARGV[at + 1]), now)
  accounts[n] = { key = key, ledger = ledger, account = read_account(key, at), worked = worked }
end
for at = settlements_at + 1, reservations_at - 1, 5 do
  local spent = { tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]) }
  for _, one in ipairs(accounts) do
    -- A write that comes twice finds nothing held.
    local held, suffix = take_back(one.key, one.account, id .. ' ' .. ARGV[at])
    if held then
      count_spent(one.key, one.account, suffix, spent)
      note_entry(one.account, now, 'settle', id, ARGV[at], spent)
    end
  end
end
local shortages = {}
for at = reservations_at + 1, write_at - 1, 5 do
  local place, limit, is_passing = reserve(accounts, id, now, at)
  if place then
    local account = accounts[place].account
    local is_wall = limit == WALL_TIME
    shortages[#shortages + 1] = {
      place, limit, is_passing, int(account.caps[limit]), int(is_wall and accounts[place].worked or account.used[limit]),
      int(is_wall and 0 or account.held[limit]), is_wall and '0' or ARGV[at + limit], account.ask, account.declined,
    }
  else
    shortages[#shortages + 1] = {}
  end
end
if #shortages > 0 then
  redis.call('HSET', record, 'reserved', '1')
end
local woken = {}
for place, one in ipairs(accounts) do
  write_account(one.key, one.ledger, one.account)
  woken[place] = take_waiting(one.key, one.account)
end
return { 'saved', tail, values_of(values, tail), appended, shortages, woken }
