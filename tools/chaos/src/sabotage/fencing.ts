import { changeLua } from './change-lua.ts'

// Preloaded into a process of Longhaul: fencing is off. A write is taken from whoever once had the task, whether or not
// somebody else has taken it over since, and whether or not it is over.
const FENCE = /local function is_fenced_off\(record, token\)\n.*?\nend/s
changeLua('prelude.lua', FENCE, 'local function is_fenced_off()\n  return false\nend')
