-- After the end of a task: lets go of all that is held for it in budgets. Turns and calls of tools that it had begun count.
-- KEYS  record; of each account: hash, ledger
-- ARGV  id, number of accounts, as in spend.lua...
-- Returns for each account: {'1' when the task waits for somebody to raise it, else '', who waits for room and finds some
-- now: field, value, ...}.
local record = KEYS[1]
local id, answers = ARGV[1], {}
local now, of_task = clock(), id .. ' '
for n = 1, tonumber(ARGV[2]) do
  local key_at = 2 * n
  local key, ledger = KEYS[key_at], KEYS[key_at + 1]
  local account = read_account(key, 7 * n - 4)
  local waits_for_raise, is_changed = '', false
  for _, field in ipairs(redis.call('HKEYS', key)) do
    local kind, name = string.sub(field, 1, 2), string.sub(field, 3)
    if string.sub(name, 1, #of_task) ~= of_task then
      -- Another task's, or none's.
    elseif kind == 'r:' then
      local amounts, suffix = take_back(key, account, name)
      local begun = { 0, 0, amounts[3], amounts[4] }
      count_spent(key, account, suffix, begun)
      note_entry(account, now, 'release', id, string.sub(name, #of_task + 1), begun)
      is_changed = true
    elseif kind == 'w:' then
      if cjson.decode(redis.call('HGET', key, field)).wants == 'raise' then
        waits_for_raise = '1'
      else
        wait_no_longer(key, account, name)
      end
    end
  end
  if is_changed then
    write_account(key, ledger, account)
  end
  answers[n] = { waits_for_raise, unpack(take_waiting(key, account)) }
end
redis.call('HDEL', record, 'reserved')
return answers
