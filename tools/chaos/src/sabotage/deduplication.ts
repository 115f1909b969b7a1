import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { type JobsOptions, Queue } from 'bullmq'

// Preloaded into a process of Longhaul: nothing keeps a task from being run twice at a time. Each wake-up is a job of
// its own, and a claim is given although another holds the task.
const withoutDeduplication = ({ deduplication: _, ...options }: JobsOptions = {}): JobsOptions => options
const { add, addBulk } = Queue.prototype
Queue.prototype.add = function (name, data, options) {
  return add.call(this, name, data, withoutDeduplication(options))
}
Queue.prototype.addBulk = function (jobs) {
  return addBulk.call(
    this,
    jobs.map(({ opts, ...job }) => ({ ...job, opts: withoutDeduplication(opts) })),
  )
}

const { readFileSync } = fs
const IS_HELD = /if run == 'running' and [^\n]*tonumber\(state\[2\]\) > now then/
fs.readFileSync = ((...args: Parameters<typeof readFileSync>) => {
  const content = readFileSync(...args)
  if (!String(args[0]).endsWith('/claim.lua')) return content
  if (!IS_HELD.test(String(content))) throw new Error('claim.lua is not as it was; this file has to follow.')
  return String(content).replace(IS_HELD, 'if false then')
}) as typeof readFileSync
syncBuiltinESMExports()
