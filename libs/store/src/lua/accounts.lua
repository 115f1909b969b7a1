-- What scripts about budgets have in common, beside prelude.lua. An account is what is counted in one hash: of the budget
-- of a task, or of what an owner may spend a day. There the fields end in the day, so that one hash has all days.
--   used:WHAT, held:WHAT  amounts; cap:WHAT  raised limits; r:TASK STEP  what is held for a call: suffix, amounts
--   w:TASK STEP  who waits, and for what; waiting  how many; asks  questions so far; ask  number of the one that is open;
--   ask:key, ask:wait  how it is shown; declined  that it was
local COUNTED = { 'tokens', 'nanoUsd', 'turns', 'toolCalls' }
-- Turns and calls of tools are counted for good when they begin, in effect: what holds them gives nothing back.
local FIRST_FINAL = 3
local WALL_TIME = 5

-- An account as it is. In ARGV at `at` stand the suffix of its fields, the start of its task, and five limits, '' where there is
-- none: of what is counted, and of wall time.
local function read_account(key, at)
  local suffix, limits_at = ARGV[at], at + 2
  local names = { 'declined', 'ask', 'asks', 'waiting', 'cap:wallTimeMs' }
  for i, what in ipairs(COUNTED) do
    names[5 + i], names[9 + i], names[13 + i] = 'used:' .. what .. suffix, 'held:' .. what .. suffix, 'cap:' .. what
  end
  local values = redis.call('HMGET', key, unpack(names))
  local account = {
    suffix = suffix, declined = values[1] and 1 or 0, waiting = tonumber(values[4]) or 0,
    -- Number of the question whether it is raised: of the one that is open, else of the one that would be.
    ask = tonumber(values[2]) or (tonumber(values[3]) or 0) + 1,
    used = {}, held = {}, caps = {}, lines = {}, is_new = not values[6],
  }
  for i = 1, 4 do
    account.used[i], account.held[i] = tonumber(values[5 + i]) or 0, tonumber(values[9 + i]) or 0
    account.caps[i] = suffix == '' and tonumber(values[13 + i]) or tonumber(ARGV[limits_at + i - 1])
  end
  account.caps[WALL_TIME] = suffix == '' and tonumber(values[5]) or tonumber(ARGV[limits_at + 4])
  return account
end

-- Notes one line for the ledger.
local function note_entry(account, now, kind, task, step, amounts)
  account.lines[#account.lines + 1] = '{"kind":"' .. kind .. '","at":' .. int(now) .. ',"task":"' .. task .. '","step":'
    .. cjson.encode(step) .. ',"tokens":' .. int(amounts[1]) .. ',"nanoUsd":' .. int(amounts[2]) .. ',"turns":'
    .. int(amounts[3]) .. ',"toolCalls":' .. int(amounts[4]) .. '}'
end

-- Lets go of what is held for a call. Returns the amounts and the suffix under which they were held; nil when nothing was.
local function take_back(key, account, name)
  local held = redis.call('HGET', key, 'r:' .. name)
  if not held then
    return nil
  end
  redis.call('HDEL', key, 'r:' .. name)
  local suffix, tokens, nano, turns, calls = string.match(held, '^(%S*) (%d+) (%d+) (%d+) (%d+)$')
  local amounts = { tonumber(tokens), tonumber(nano), tonumber(turns), tonumber(calls) }
  for i, what in ipairs(COUNTED) do
    if suffix == account.suffix then
      account.held[i] = account.held[i] - amounts[i]
    elseif amounts[i] > 0 then
      redis.call('HINCRBY', key, 'held:' .. what .. suffix, int(-amounts[i]))
    end
  end
  return amounts, suffix
end

local function hold_amounts(key, account, name, amounts)
  redis.call('HSET', key, 'r:' .. name,
    account.suffix .. ' ' .. int(amounts[1]) .. ' ' .. int(amounts[2]) .. ' ' .. int(amounts[3]) .. ' ' .. int(amounts[4]))
  for i = 1, 4 do
    account.held[i] = account.held[i] + amounts[i]
  end
end

-- Counts what a call has taken, on the day on which it was reserved.
local function count_spent(key, account, suffix, amounts)
  for i, what in ipairs(COUNTED) do
    if suffix == account.suffix then
      account.used[i] = account.used[i] + amounts[i]
    elseif amounts[i] > 0 then
      redis.call('HINCRBY', key, 'used:' .. what .. suffix, int(amounts[i]))
    end
  end
end

-- Milliseconds that the task of an account has worked. Its clock stands while people are asked something, or it is paused.
local function worked_ms(record, started_at, now)
  local state = redis.call('HMGET', record, 'waited', 'asked', 'paused')
  return math.min(now, tonumber(state[2]) or now, tonumber(state[3]) or now) - started_at - (tonumber(state[1]) or 0)
end

-- Which limit `amounts` would go beyond, by its place; nil when there is room. Then whether that may pass, since others
-- hold more than they may need.
local function find_shortage(account, amounts, worked)
  if account.caps[WALL_TIME] and worked >= account.caps[WALL_TIME] then
    return WALL_TIME, 0
  end
  local passing
  for i = 1, 4 do
    local cap, used = account.caps[i], account.used[i]
    if cap and amounts[i] > 0 and used + account.held[i] + amounts[i] > cap then
      if i >= FIRST_FINAL or used + amounts[i] > cap then
        return i, 0
      end
      passing = passing or i
    end
  end
  return passing, 1
end

-- Forgets the days before the last two. That before the current one is kept for processes whose clocks are behind.
local function forget_days(key, suffix)
  local fields_of, last = {}, nil
  for _, field in ipairs(redis.call('HKEYS', key)) do
    local day = string.match(field, '^used:%a+(:%S+)$') or string.match(field, '^held:%a+(:%S+)$')
    if day and day < suffix then
      fields_of[day] = fields_of[day] or {}
      table.insert(fields_of[day], field)
      last = (not last or day > last) and day or last
    end
  end
  for day, fields in pairs(fields_of) do
    if day ~= last then
      redis.call('HDEL', key, unpack(fields))
    end
  end
end

-- Writes an account back, and to its ledger, where it has one, what was noted.
local function write_account(key, ledger, account)
  local fields = {}
  for i, what in ipairs(COUNTED) do
    fields[#fields + 1], fields[#fields + 2] = 'used:' .. what .. account.suffix, int(account.used[i])
    fields[#fields + 1], fields[#fields + 2] = 'held:' .. what .. account.suffix, int(account.held[i])
  end
  redis.call('HSET', key, unpack(fields))
  if account.suffix ~= '' then
    if account.is_new then
      forget_days(key, account.suffix)
    end
    redis.call('PEXPIRE', key, 3 * 24 * 3600 * 1000)
  elseif #account.lines > 0 then
    push_all(ledger, account.lines)
  end
end

local function wait_no_longer(key, account, name)
  if account.waiting > 0 and redis.call('HDEL', key, 'w:' .. name) == 1 then
    account.waiting = redis.call('HINCRBY', key, 'waiting', -1)
  end
end

-- Who waits for room in an account and finds some now, first come, first served: field, value, ... They wait no longer.
local function take_waiting(key, account)
  local found = {}
  if account.waiting == 0 then
    return found
  end
  local all, waiting = redis.call('HGETALL', key), {}
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 2) == 'w:' then
      local waiter = cjson.decode(all[i + 1])
      if waiter.wants == 'room' then
        waiting[#waiting + 1] = { field = all[i], value = all[i + 1], since = waiter.since, most = waiter.most }
      end
    end
  end
  table.sort(waiting, function(a, b)
    return a.since < b.since or (a.since == b.since and a.field < b.field)
  end)
  local as_if = { caps = account.caps, used = account.used, held = { unpack(account.held) } }
  for _, waiter in ipairs(waiting) do
    local short, is_passing = find_shortage(as_if, waiter.most, 0)
    -- Those for whom there never will be room are told so.
    if not short or is_passing == 0 then
      for i = 1, 4 do
        as_if.held[i] = as_if.held[i] + (short and 0 or waiter.most[i])
      end
      wait_no_longer(key, account, string.sub(waiter.field, 3))
      found[#found + 1], found[#found + 2] = waiter.field, waiter.value
    end
  end
  return found
end

-- Reserves the most that a call may take in all accounts, or in none: takes what stands in ARGV at `at`, step and four
-- amounts. `accounts` are {key, ledger, account, time that it has worked}. Returns nil, or the place of the account that
-- has no room, the limit, and whether that may pass.
local function reserve(accounts, id, now, at)
  local amounts = { tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]) }
  local name, step = id .. ' ' .. ARGV[at], ARGV[at]
  local before = {}
  for place, one in ipairs(accounts) do
    before[place] = take_back(one.key, one.account, name)
  end
  local short_at, short, is_passing
  for place, one in ipairs(accounts) do
    local limit, passes = find_shortage(one.account, amounts, one.worked)
    -- One that does not pass counts for more.
    if limit and (not short_at or (passes == 0 and is_passing == 1)) then
      short_at, short, is_passing = place, limit, passes
    end
  end
  for place, one in ipairs(accounts) do
    if not short_at then
      wait_no_longer(one.key, one.account, name)
      hold_amounts(one.key, one.account, name, amounts)
      note_entry(one.account, now, 'reserve', id, step, amounts)
    elseif before[place] then
      -- The call that it was held for is not made any more.
      note_entry(one.account, now, 'settle', id, step, { 0, 0, 0, 0 })
    end
  end
  return short_at, short, is_passing
end
