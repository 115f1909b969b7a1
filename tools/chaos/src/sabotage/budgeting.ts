import { changeLua } from './change-lua.ts'

// Preloaded into a process of Longhaul: there is always room in a budget.
const FIND_SHORTAGE = /local function find_shortage\([^)]*\)\n.*?\nend/s
changeLua('accounts.lua', FIND_SHORTAGE, 'local function find_shortage()\nend')
