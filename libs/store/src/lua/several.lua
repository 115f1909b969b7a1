-- Calls a script once for each of several calls that go out together; `once` is the script. KEYS and ARGV are what it is
-- given for each: whatever scripts have in common reads these, too.
-- KEYS  those of the first call, those of the second, ...
-- ARGV  number of calls, then for each: number of its arguments, arguments...
-- Returns what each came to. One that fails takes no other with it: its place has the error.
local replies, key_at, at = {}, 0, 2
local key_count = #all_keys / all_args[1]
while at <= #all_args do
  KEYS, ARGV = {}, {}
  for i = 1, key_count do
    KEYS[i] = all_keys[key_at + i]
  end
  local arg_count = all_args[at]
  for i = 1, arg_count do
    ARGV[i] = all_args[at + i]
  end
  local is_done, reply = pcall(once)
  if not is_done and type(reply) ~= 'table' then
    reply = redis.error_reply(reply)
  end
  replies[#replies + 1] = reply
  key_at, at = key_at + key_count, at + 1 + arg_count
end
return replies
