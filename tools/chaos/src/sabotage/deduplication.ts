import { type JobsOptions, Queue } from 'bullmq'
import { changeLua } from './change-lua.ts'

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

const IS_HELD = /if run == 'running' and [^\n]*tonumber\(state\[2\]\) > now then/
changeLua('claim.lua', IS_HELD, 'if false then')
