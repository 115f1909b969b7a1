-- Appends journal records and opens waits as save.lua does, for a task in a tree: makes the children that it begins to
-- wait for, and shows its questions to the tasks above it. Refused when the task is over, so that nobody comes below it
-- then. What comes below a paused one is paused from the beginning.
-- KEYS  record, journal, waits, events, values, due, past, open, below the root, pins, asking; of each task above it: record,
--       waits; of each child: record, journal, values
-- ARGV  1 id, 2 token, 3 owner, 4 wake grace ms, 5 most tasks below the root, 6 '1' where people are asked, else ''
--       7 number of questions; for each, 3: key, key above, wait above
--       number of children; for each, 11: key of its wait, id, head, args, most time that it may take ms or '', journal record
--         that refuses it, hash of the definition that is pinned for it or '', that definition, and where it is retried, else
--         '': what it had begun is in doubt '1' or '', its records and (hash, large value)... as JSON lists
--       what write() reads
-- Returns {'stale'} or {'saved', the records of others, their large values, how many records were appended, the refusals
-- that were appended after those since there are too many below the root}.
local record, journal, waits, events, values = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local due, past, open, below, pins = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local id, owner = ARGV[1], ARGV[3]
local state = redis.call('HMGET', record, 'token', 'paused')
if state[1] ~= ARGV[2] then
  return { 'stale' }
end
local questions, questions_at = tonumber(ARGV[7]), 8
local children_at = questions_at + 3 * questions
local children = tonumber(ARGV[children_at])
local tail, appended = write(record, journal, waits, events, values, id, children_at + 1 + 11 * children)
if not tail then
  return { 'stale' }
end

local first_child, root = #KEYS - 3 * children + 1, nil
for above = 12, first_child - 1, 2 do
  local above_record, above_waits = KEYS[above], KEYS[above + 1]
  root = root or above_record
  local keys = {}
  -- One that is over shows nothing any more; this task will hear of it.
  if questions > 0 and redis.call('HGET', above_record, 'run') ~= 'done' then
    for i = questions_at, children_at - 1, 3 do
      local is_open = redis.call('HEXISTS', waits, ARGV[i]) == 1
      if is_open and redis.call('HSETNX', above_waits, ARGV[i + 1], ARGV[i + 2]) == 1 then
        keys[#keys + 1] = cjson.encode(ARGV[i + 1])
      end
    end
  end
  if #keys > 0 then
    ask(above_record, events, string.match(above_record, '([^:]+)$'), keys)
  end
end

if ARGV[6] ~= '' then
  list_asking(KEYS[11], root or record)
end

local now, refused, has_called = clock(), {}, false
local incarnation = redis.call('HGET', past, 'incarnation')
for n = 0, children - 1 do
  local at, child_at = children_at + 1 + 11 * n, first_child + 3 * n
  local child, child_journal, child_values = KEYS[child_at], KEYS[child_at + 1], KEYS[child_at + 2]
  local key, child_id, head, args, timeout, refusal = unpack(ARGV, at, at + 5)
  local hash, definition, in_doubt, records, large_values = unpack(ARGV, at + 6, at + 10)
  -- A write that comes twice made it the first time; by now it may even have ended.
  if redis.call('HEXISTS', waits, key) == 1 and redis.call('EXISTS', child) == 0 then
    if redis.call('SCARD', below) >= tonumber(ARGV[5]) then
      redis.call('HDEL', waits, key)
      redis.call('RPUSH', journal, refusal)
      refused[#refused + 1] = refusal
    else
      redis.call('HSET', child, 'head', head, 'args', args, 'status', 'working', 'run', state[2] and 'paused' or 'ready',
        'updated', int(now), 'owner', owner, 'seq', '1', 'parent', id)
      if incarnation then
        redis.call('HSET', child, 'incarnation', incarnation)
      end
      if state[2] then
        redis.call('HSET', child, 'paused', int(now))
      end
      if hash ~= '' then
        redis.call('HSET', child, 'pin', hash)
        pin(pins, hash, definition)
      end
      if timeout ~= '' then
        redis.call('HSET', child, 'timeout', timeout, 'ends', int(now + tonumber(timeout)))
      end
      if in_doubt ~= '' then
        redis.call('HSET', child, 'interrupted', in_doubt)
      end
      if records ~= '' then
        push_all(child_journal, cjson.decode(records))
        redis.call('HSET', child, 'epoch', '0')
        local large = cjson.decode(large_values)
        for i = 1, #large, 2 do
          redis.call('HSET', child_values, large[i], large[i + 1])
        end
      end
      redis.call('SADD', below, child_id)
      redis.call('ZADD', due, int(now + tonumber(ARGV[4])), child_id)
      redis.call('HINCRBY', open, owner, 1)
      has_called = true
      tell(child, events, child_id, '1', now, 'created', '', false)
    end
  end
end
if has_called then
  redis.call('HSET', record, 'children', '1')
end
return { 'saved', tail, values_of(values, tail), appended, refused }
