import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

// Preloaded into a process of Longhaul: fencing is off. A write is taken from whoever once had the task, whether or not
// somebody else has taken it over since, and whether or not it is over.
const { readFileSync } = fs
const FENCE = /local function is_fenced_off\(record, token\)\n.*?\nend/s
fs.readFileSync = ((...args: Parameters<typeof readFileSync>) => {
  const content = readFileSync(...args)
  if (!String(args[0]).endsWith('/prelude.lua')) return content
  const lua = String(content).replace(FENCE, 'local function is_fenced_off()\n  return false\nend')
  if (lua === content) throw new Error('prelude.lua has no fence any more; this file has to follow.')
  return lua
}) as typeof readFileSync
syncBuiltinESMExports()
