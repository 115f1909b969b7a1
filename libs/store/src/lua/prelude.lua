-- What the scripts of this folder have in common; each is given what it names, and what that names. Times are Unix
-- milliseconds of the store's own clock, so that the clocks of workers never decide about a lease.
local function clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- Lua would print a large number in scientific notation; '%d' has 32 bits on the embedded server.
local function int(n)
  return string.format('%.0f', n)
end

local function is_terminal(status)
  return status == 'completed' or status == 'failed' or status == 'cancelled'
end

-- Keeps one event of a task, whose number the caller notes in the record. `members` is JSON text that starts with a
-- comma, or empty. Returns the event without its opening brace.
local function keep(events, id, seq, now, kind, members)
  local body = '"seq":' .. seq .. ',"at":' .. int(now) .. ',"type":"' .. kind .. '"' .. members .. '}'
  redis.call('XADD', events, 'MAXLEN', '~', EVENTS_PER_PARTITION, '*', 'task', id, 'event', '{' .. body)
  return body
end

-- Keeps one event and publishes it. Who follows the task hears it on the record's own name, who follows the session on
-- the session's, where there is one that should. `unkept` are further members, for those who listen alone.
local function tell(record, events, id, seq, now, kind, members, session, unkept)
  local body = keep(events, id, seq, now, kind, members)
  if unkept then
    body = string.sub(body, 1, -2) .. unkept .. '}'
  end
  redis.call('PUBLISH', record, '{' .. body)
  if session then
    redis.call('PUBLISH', 'lh:session:' .. session, '{"taskId":"' .. id .. '",' .. body)
  end
end

-- The same, with the number that comes next. A session hears all that a task of it does after its creation, so that who
-- listens to the session need not listen to the task.
local function emit(record, events, id, now, kind, members)
  local seq = int(redis.call('HINCRBY', record, 'seq', 1))
  tell(record, events, id, seq, now, kind, members, redis.call('HGET', record, 'session'))
end

-- Whether a call comes twice, since its answer was lost: `field` has the name of the last one of its kind.
local function comes_twice(key, field, call)
  if redis.call('HGET', key, field) == call then
    return true
  end
  redis.call('HSET', key, field, call)
  return false
end

-- Nothing happened to the task, but whoever shows it, or its session, should look again.
local function nudge(record, id)
  redis.call('PUBLISH', record, '{"type":"look"}')
  local session = redis.call('HGET', record, 'session')
  if session then
    redis.call('PUBLISH', 'lh:session:' .. session, '{"taskId":"' .. id .. '","type":"look"}')
  end
end

-- Whether `token` is the task's newest claim (invariant 5). A finished or cancelled task has no token.
local function is_fenced_off(record, token)
  return redis.call('HGET', record, 'token') ~= token
end

-- How a task stands whose newest claim, that of `token`, was ended in order; else false. A write that ends it comes twice then,
-- since its answer was lost.
local function has_let_go(record, token)
  local state = redis.call('HMGET', record, 'token', 'epoch', 'run')
  local is_last = not state[1] and state[2] == string.match(token, '^%d+')
  return is_last and state[3] ~= 'paused' and state[3]
end

-- When a task has taken as long as it may: `ends`, put off by the time that it `waited` for people; never while they are
-- `asked` something or it is `paused`, since then its clock stands. Unix ms, or nil.
local function time_is_over_at(ends, waited, asked, paused)
  if ends and not asked and not paused then
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

-- Items that one RPUSH is given at most: Lua's stack is limited.
local ITEMS_PER_PUSH = 1000

local function push_all(list, items)
  for from = 1, #items, ITEMS_PER_PUSH do
    redis.call('RPUSH', list, unpack(items, from, math.min(from + ITEMS_PER_PUSH - 1, #items)))
  end
end

-- Lists a task that was submitted among those that ask people something, by when they did last. When nothing is open any
-- more, it stays there until somebody looks (strike.lua), or it is removed.
local function list_asking(asking, record)
  if redis.call('ZADD', asking, int(clock()), string.match(record, '([^:]+)$')) == 1 then
    redis.call('HSET', record, 'asking', '1')
  end
end

-- Counts questions that were opened just now, of the task or of one below it, and says so. `keys` are JSON text.
local function ask(record, events, id, keys)
  local now = clock()
  local is_first = redis.call('HINCRBY', record, 'questions', #keys) == #keys
  local fields = { 'status', 'input_required', 'updated', int(now) }
  if is_first then
    fields[5], fields[6] = 'asked', int(now)
  end
  redis.call('HSET', record, unpack(fields))
  emit(record, events, id, now, 'asked', ',"status":"input_required","keys":[' .. table.concat(keys, ',') .. ']')
end

-- A question that a task shows is closed: what is known of its showing is forgotten, and with the last one the task's clock,
-- which stood since it was `asked`, goes on, unless it is `paused`. Returns the task's status now, and the time that it has
-- `waited` then, in ms, up to its pause.
local function close_question(record, delivery, key, now, asked, waited, paused)
  redis.call('HDEL', delivery, 'shown:' .. key, 'attempts:' .. key, 'refused:' .. key, 'lost:' .. key, 'void:' .. key)
  if redis.call('HINCRBY', record, 'questions', -1) ~= 0 then
    return 'input_required'
  end
  local waited_now = (tonumber(waited) or 0) + math.max(0, (tonumber(paused) or now) - (tonumber(asked) or now))
  redis.call('HSET', record, 'status', 'working', 'waited', int(waited_now))
  redis.call('HDEL', record, 'message', 'asked')
  return 'working', waited_now
end

-- Closes those of the questions `keys` that a task shows for one below it.
local function close_relayed(record, waits, delivery, due, events, now, keys)
  local id = string.match(record, '([^:]+)$')
  for _, key in ipairs(keys) do
    if redis.call('HDEL', waits, key) == 1 then
      local state = redis.call('HMGET', record, 'asked', 'waited', 'ends', 'paused')
      local status, waited = close_question(record, delivery, key, now, state[1], state[2], state[4])
      if waited and state[3] and not state[4] then
        redis.call('ZADD', due, 'XX', 'LT', int(tonumber(state[3]) + waited), id)
      end
      redis.call('HSET', record, 'updated', int(now))
      emit(record, events, id, now, 'resolved', ',"status":"' .. status .. '","key":' .. cjson.encode(key))
    end
  end
end

-- Lets a task go on whose wait was resolved; `run`, `lease` and `worker` are as its record has them. Returns 1 when it must be
-- woken, 2 when a live activation was told instead, 3 when it is paused.
local function go_on(record, due, id, now, grace, run, lease, worker)
  if run == 'running' and tonumber(lease) > now then
    redis.call('PUBLISH', 'lh:worker:' .. worker, 'grown ' .. id)
    return 2
  end
  if run == 'paused' then
    return 3
  end
  if run == 'waiting' then
    redis.call('HSET', record, 'run', 'ready')
  end
  redis.call('ZADD', due, int(now + tonumber(grace)), id)
  return 1
end

-- Appends the records from ARGV[first] to ARGV[last], ITEMS_PER_PUSH at most, to a journal that has `known` records. Where
-- it has not, it is left as it was: false. That is rare, and to look first would cost each save another command.
local function append(journal, known, first, last)
  local count = last - first + 1
  if redis.call('RPUSH', journal, unpack(ARGV, first, last)) == known + count then
    return true
  end
  redis.call('LTRIM', journal, 0, -count - 1)
  return false
end

-- The key of a journal record, where it can be read.
local function key_of(entry)
  local is_json, fields = pcall(cjson.decode, entry)
  return is_json and fields.key or nil
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
  local known, count = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local waits_at = at + 2 + count
  local is_appended = count > 0 and count <= ITEMS_PER_PUSH and append(journal, known, at + 2, waits_at - 1)
  local length = is_appended and known or redis.call('LLEN', journal)
  if length < known then
    return nil
  end
  local unknown = length > known and redis.call('LRANGE', journal, known, -1) or {}
  local own, tail, resolved = {}, {}, {}
  if #unknown > 0 then
    for i = at + 2, waits_at - 1 do
      own[ARGV[i]] = true
    end
    for _, entry in ipairs(unknown) do
      if own[entry] then
        own[entry] = 'appended'
      else
        tail[#tail + 1] = entry
        resolved[key_of(entry) or ''] = true
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
  if not is_appended then
    local missing = {}
    for i = at + 2, waits_at - 1 do
      if own[ARGV[i]] ~= 'appended' then
        missing[#missing + 1] = ARGV[i]
      end
    end
    push_all(journal, missing)
    count = #missing
  end
  local asked = {}
  for i = waits_at + 1, values_at - 1, 2 do
    local key, value = ARGV[i], ARGV[i + 1]
    if not resolved[key] and redis.call('HSETNX', waits, key, value) == 1 and string.sub(value, 1, 1) == 'q' then
      asked[#asked + 1] = cjson.encode(key)
    end
  end
  if #asked > 0 then
    ask(record, events, id, asked)
  end
  return tail, count
end

-- Why a task is not paused now, or not let go on, as `wanted` says: it stays as the task `above` it is, where that is not its
-- own record. Answers -1 when there is none, 0 when it is over, 2 when it is so already, 3 when the one above is not.
local function why_not(record, run, paused, wanted, above)
  if not run then
    return -1
  end
  if run == 'done' then
    return 0
  end
  if (paused and true or false) == wanted then
    return 2
  end
  if above ~= record and (redis.call('HEXISTS', above, 'paused') == 1) ~= wanted then
    return 3
  end
end

-- Leaves a paused task alone that nobody runs any more, until somebody resumes it. It is looked at once more: settle.lua
-- knows when something has to be done about it meanwhile.
local function put_away(record, due, id, now)
  redis.call('HSET', record, 'run', 'paused')
  redis.call('HDEL', record, 'token', 'lease', 'worker', 'again', 'stalled')
  redis.call('ZADD', due, int(now), id)
end

-- A task keeps the definition that it was made for, as long as it is there itself; several keep the same one. Whoever
-- makes a task of the definition of another that is kept need not know it: then `content` is empty.
local function pin(pins, hash, content)
  if redis.call('HINCRBY', pins, 'tasks:' .. hash, 1) == 1 and content ~= '' then
    redis.call('HSET', pins, hash, content)
  end
end

local function unpin(pins, hash)
  if redis.call('HINCRBY', pins, 'tasks:' .. hash, -1) <= 0 then
    redis.call('HDEL', pins, hash, 'tasks:' .. hash)
  end
end

-- Why nobody takes a task, for people who look at it: shown only while it is there to be taken.
local function stall(record, events, id, now, reason)
  if redis.call('HGET', record, 'stalled') ~= reason then
    redis.call('HSET', record, 'stalled', reason, 'updated', int(now))
    emit(record, events, id, now, 'stalled', ',"reason":' .. cjson.encode(reason))
  end
end

-- Of an activation that ends since its task is paused.
local PAUSED = ',"isPaused":true'

-- Ends an activation with the task to go on, with whoever takes it next; with nobody while it is paused. Returns which.
local function release(record, events, due, id, now, paused, due_in)
  if paused then
    put_away(record, due, id, now)
  else
    redis.call('HSET', record, 'run', 'ready')
    redis.call('HDEL', record, 'token', 'lease', 'worker')
    redis.call('ZADD', due, int(now + tonumber(due_in)), id)
  end
  emit(record, events, id, now, 'handed_back', paused and PAUSED or '')
  return paused and 'paused' or 'handed_back'
end

-- Whether somebody sent something to the task in one of these records.
local function is_steered_in(entries)
  for _, entry in ipairs(entries) do
    if string.sub(entry, 1, 17) == '{"type":"steered"' then
      return true
    end
  end
  return false
end

-- Whether what a task has done is undone, by a task of its own, where it is ended from outside.
local function is_undoable(head)
  return cjson.decode(head).undoable
end

-- Bytes of an outcome up to which whoever waits for the end of a task is told it together with that, and need not read it.
local MOST_TOLD = 2048

-- The end of a task: nothing is open any more, and the record waits for its removal (invariant 8). A task with others
-- above or below it is due at once, since these have to hear of it, and so is one whose doings are to be undone, or for
-- which something was reserved: until that is done it is `owed` as many questions, shown above, as it had open. Returns '1'
-- then, else ''.
local function conclude(record, waits, delivery, due, events, open, id, owner, now, status, outcome, keep_until, retention_ms, undo)
  local removable = math.max(tonumber(keep_until), now + tonumber(retention_ms))
  local state = redis.call('HMGET', record, 'seq', 'session', 'parent', 'children', 'questions', 'reserved')
  local seq = int(tonumber(state[1]) + 1)
  local fields = { 'status', status, 'run', 'done', 'updated', int(now), 'outcome', outcome, 'removable', int(removable), 'seq', seq }
  local is_owing = state[3] or state[4] or state[6] or undo
  if is_owing then
    fields[13], fields[14] = 'owed', state[5] or '0'
  end
  if undo then
    fields[15], fields[16] = 'undo', '1'
  end
  redis.call('HSET', record, unpack(fields))
  redis.call('HDEL', record, 'token', 'lease', 'worker', 'again', 'questions', 'interrupted', 'deaths', 'reached', 'wakes', 'stalled',
    'incarnation', 'amnesia', 'ends', 'waited', 'asked', 'paused')
  redis.call('DEL', waits, delivery)
  redis.call('ZADD', due, int(is_owing and now or removable), id)
  if redis.call('HINCRBY', open, owner, -1) <= 0 then
    redis.call('HDEL', open, owner)
  end
  tell(record, events, id, seq, now, 'finished', ',"status":"' .. status .. '"', state[2],
    #outcome <= MOST_TOLD and ',"outcome":' .. outcome)
  return is_owing and '1' or ''
end
