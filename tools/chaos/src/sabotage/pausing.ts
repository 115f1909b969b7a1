import { changeLua } from './change-lua.ts'

// Preloaded into a process of Longhaul: a worker is not told that the task that it runs is paused.
changeLua('pause.lua', "redis.call('RPUSH', journal, ARGV[2])", '0')
