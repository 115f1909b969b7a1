import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

// Preloaded into a process of Longhaul: a worker is not told that the task that it runs is paused.
const { readFileSync } = fs
const MARK = "redis.call('RPUSH', journal, ARGV[2])"
fs.readFileSync = ((...args: Parameters<typeof readFileSync>) => {
  const content = readFileSync(...args)
  if (!String(args[0]).endsWith('/pause.lua')) return content
  const lua = String(content).replace(MARK, '')
  if (lua === content) throw new Error('pause.lua has no mark any more; this file has to follow.')
  return lua
}) as typeof readFileSync
syncBuiltinESMExports()
