-- Put before every script of this folder. Times are Unix milliseconds of the store's own clock, so that the clocks
-- of workers never decide about a lease.
local function clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- Lua would print a large number in scientific notation.
local function int(n)
  return string.format('%.0f', n)
end

local function is_terminal(status)
  return status == 'completed' or status == 'failed' or status == 'cancelled'
end

-- Keeps and publishes one event of a task, whose number the caller notes in the record. `members` is JSON text that
-- starts with a comma, or empty. Who follows the task hears it on the record's own name, who follows the session on the
-- session's, where there is one that should.
local function tell(record, events, id, seq, now, kind, members, session)
  local body = '"seq":' .. seq .. ',"at":' .. int(now) .. ',"type":"' .. kind .. '"' .. members .. '}'
  redis.call('XADD', events, 'MAXLEN', '~', EVENTS_PER_PARTITION, '*', 'task', id, 'event', '{' .. body)
  redis.call('PUBLISH', record, '{' .. body)
  if session then
    redis.call('PUBLISH', 'lh:session:' .. session, '{"taskId":"' .. id .. '",' .. body)
  end
end

-- The same, with the number that comes next.
local function emit(record, events, id, now, kind, members, tell_session)
  local seq = int(redis.call('HINCRBY', record, 'seq', 1))
  tell(record, events, id, seq, now, kind, members, tell_session and redis.call('HGET', record, 'session'))
end

-- Whether `token` is the task's newest claim (invariant 5). A finished or cancelled task has no token.
local function is_fenced_off(record, token)
  return redis.call('HGET', record, 'token') ~= token
end

-- When a task has taken as long as it may: `ends`, put off by the time that it `waited` for people; never while they are
-- `asked` something, since then its clock stands. Unix ms, or nil.
local function time_is_over_at(ends, waited, asked)
  if ends and not asked then
    return tonumber(ends) + (tonumber(waited) or 0)
  end
end

-- The large values that these records refer to, each once: hash, value, ...
local function values_of(values, entries)
  local found, is_known = {}, {}
  for _, entry in ipairs(entries) do
    local hash = string.match(entry, '^{"valueHash":"([%w_-]+)"')
    if hash and not is_known[hash] then
      is_known[hash] = true
      found[#found + 1] = hash
      found[#found + 1] = redis.call('HGET', values, hash)
    end
  end
  return found
end

-- Arguments that one command is given at most: Lua's stack is limited.
local MOST_AT_ONCE = 1000

local function push_all(list, items)
  for from = 1, #items, MOST_AT_ONCE do
    redis.call('RPUSH', list, unpack(items, from, math.min(from + MOST_AT_ONCE - 1, #items)))
  end
end

-- Appends the caller's journal records and opens its waits, read from ARGV at `at`:
--   known, number of records, records..., number of waits, (key, value)..., number of large values, (hash, value)...,
--   number of timers, keys...: those that an activation ended itself while it ran, so that nobody needs to wake it for them
-- Returns the records that others appended after the `known` ones, in order, and how many records it appended after
-- those; nil when the journal lost some of the known ones.
--
-- A write comes twice when the connection broke before its answer: then its own records stand among the unknown ones,
-- and what it asked may have been answered.
local function write(record, journal, waits, events, values, id, at)
  local known, length = tonumber(ARGV[at]), redis.call('LLEN', journal)
  if length < known then
    return nil
  end
  local unknown = length > known and redis.call('LRANGE', journal, known, -1) or {}
  local own, tail, resolved = {}, {}, {}
  local waits_at = at + 2 + tonumber(ARGV[at + 1])
  if #unknown > 0 then
    for i = at + 2, waits_at - 1 do
      own[ARGV[i]] = true
    end
    for _, entry in ipairs(unknown) do
      if own[entry] then
        own[entry] = 'appended'
      else
        tail[#tail + 1] = entry
        local is_json, entry_fields = pcall(cjson.decode, entry)
        if is_json then
          resolved[entry_fields.key] = true
        end
      end
    end
  end
  local values_at = waits_at + 1 + 2 * tonumber(ARGV[waits_at])
  for i = values_at + 1, values_at + 2 * tonumber(ARGV[values_at]), 2 do
    redis.call('HSETNX', values, ARGV[i], ARGV[i + 1])
  end
  local timers_at = values_at + 1 + 2 * tonumber(ARGV[values_at])
  for i = timers_at + 1, timers_at + tonumber(ARGV[timers_at]) do
    -- It may have been opened by this very write, below.
    resolved[ARGV[i]] = true
    redis.call('HDEL', waits, ARGV[i])
  end
  local appended = {}
  for i = at + 2, waits_at - 1 do
    if own[ARGV[i]] ~= 'appended' then
      appended[#appended + 1] = ARGV[i]
    end
  end
  push_all(journal, appended)
  local asked = {}
  for i = waits_at + 1, values_at - 1, 2 do
    local key, value = ARGV[i], ARGV[i + 1]
    if not resolved[key] and redis.call('HSETNX', waits, key, value) == 1 and string.sub(value, 1, 1) == 'q' then
      asked[#asked + 1] = cjson.encode(key)
    end
  end
  if #asked > 0 then
    local now = clock()
    local is_first = redis.call('HINCRBY', record, 'questions', #asked) == #asked
    local fields = { 'status', 'input_required', 'updated', int(now) }
    if is_first then
      fields[5], fields[6] = 'asked', int(now)
    end
    redis.call('HSET', record, unpack(fields))
    emit(record, events, id, now, 'asked', ',"status":"input_required","keys":[' .. table.concat(asked, ',') .. ']', true)
  end
  return tail, #appended
end

-- Why nobody takes a task, for people who look at it: shown only while it is there to be taken.
local function stall(record, events, id, now, reason)
  if redis.call('HGET', record, 'stalled') ~= reason then
    redis.call('HSET', record, 'stalled', reason, 'updated', int(now))
    emit(record, events, id, now, 'stalled', ',"reason":' .. cjson.encode(reason), true)
  end
end

-- The end of a task: nothing is open any more, and the record waits for its removal (invariant 8).
local function conclude(record, waits, delivery, due, events, open, id, owner, now, status, outcome, keep_until, retention_ms)
  local removable = math.max(tonumber(keep_until), now + tonumber(retention_ms))
  local state = redis.call('HMGET', record, 'seq', 'session')
  local seq = int(tonumber(state[1]) + 1)
  redis.call('HSET', record, 'status', status, 'run', 'done', 'updated', int(now), 'outcome', outcome, 'removable', int(removable),
    'seq', seq)
  redis.call('HDEL', record, 'token', 'lease', 'worker', 'again', 'questions', 'interrupted', 'deaths', 'reached', 'wakes', 'stalled',
    'incarnation', 'amnesia', 'ends', 'waited', 'asked')
  redis.call('DEL', waits, delivery)
  redis.call('ZADD', due, int(removable), id)
  if redis.call('HINCRBY', open, owner, -1) <= 0 then
    redis.call('HDEL', open, owner)
  end
  tell(record, events, id, seq, now, 'finished', ',"status":"' .. status .. '"', state[2])
end
