import type { Redis } from 'ioredis'
import { compare } from '../compare.ts'
import type { Group } from '../figure.ts'
import { measured } from '../figure.ts'
import { type Load, medianMs, ratePerSecond } from '../load.ts'
import { openLonghaul } from '../longhaul.ts'
import { openNoOpJobs } from '../reference/no-op-jobs.ts'
import { openRawSteps } from '../reference/raw-steps.ts'
import { cpuMicroseconds, usedBytes } from '../server-cost.ts'
import { startBenchStore } from '../start-bench-store.ts'

const IN_FLIGHT = 50
/** Of fewer tasks the memory is lost in what the server's own buffers take and give back. */
const LEAST_TASKS_IN_MEMORY = 1000

/** Tasks of five steps that do nothing: all that is measured is what durability costs. */
export const steps5: Group = {
  name: 'steps5',
  figures: [
    {
      name: 'steps5',
      what: `tasks/s, 5 repeatable steps, ${IN_FLIGHT} in flight`,
      target: { of: 'ratio', bound: 'at least', limit: 0.8 },
    },
    {
      name: 'steps5Intents',
      what: `tasks/s, 5 steps that are written down before they begin (ask, fail), ${IN_FLIGHT} in flight`,
      target: { of: 'ratio', bound: 'at least', limit: 0.7 },
    },
    {
      name: 'steps5Alone',
      what: 'ms, median of one task of 5 repeatable steps, alone',
      target: { of: 'ratio', bound: 'at most', limit: 1.3 },
    },
    { name: 'steps5Server', what: 'µs of the store’s processor per task of 5 repeatable steps' },
    { name: 'steps5Client', what: 'µs of this process’s processor per task of 5 repeatable steps' },
    { name: 'steps5Memory', what: 'bytes of the store’s memory per finished task' },
    {
      name: 'rawReference',
      what: `tasks/s of the reference, beside jobs/s of BullMQ that do nothing, ${IN_FLIGHT} in flight`,
    },
  ],
  async measure({ rounds, steps5: { tasks, alone } }, note) {
    const store = await startBenchStore()
    const raw = await openRawSteps(store.url, { concurrency: IN_FLIGHT })
    const noOp = await openNoOpJobs(store.url, { concurrency: IN_FLIGHT })
    const longhaul = await openLonghaul(store.url, { concurrency: IN_FLIGHT })
    const load: Load = { count: tasks, inFlight: IN_FLIGHT }
    const repeatable = () => longhaul.run('five_steps')
    let turn = 0
    const written = () => longhaul.run(turn++ % 2 === 0 ? 'five_steps_asking' : 'five_steps_failing')
    try {
      note('rates')
      const rate = (one: () => Promise<unknown>) => () => ratePerSecond(load, one)
      const rates = {
        steps5: await compare({ rounds, value: rate(repeatable), reference: rate(raw.run) }),
        steps5Intents: await compare({ rounds, value: rate(written), reference: rate(raw.run) }),
        rawReference: await compare({ rounds, value: rate(raw.run), reference: rate(noOp.run) }),
      }
      note('alone')
      const ms = (one: () => Promise<unknown>) => () => medianMs(alone, one)
      const steps5Alone = await compare({ rounds, value: ms(repeatable), reference: ms(raw.run) })
      note('processor time and memory')
      const costOf = (one: () => Promise<unknown>, spent: () => number | Promise<number>) => async () => {
        const before = await spent()
        await ratePerSecond(load, one)
        return ((await spent()) - before) / tasks
      }
      const costs = async (spent: () => number | Promise<number>) =>
        compare({ rounds, value: costOf(repeatable, spent), reference: costOf(raw.run, spent) })
      return {
        ...rates,
        steps5Alone,
        steps5Server: await costs(() => cpuMicroseconds(store.redis)),
        steps5Client: await costs(ownMicroseconds),
        steps5Memory: measured(await bytesOf(store.redis, load, repeatable), await bytesOf(store.redis, load, raw.run)),
      }
    } finally {
      await Promise.all([raw.close(), noOp.close(), longhaul.close()])
      await store.stop()
    }
  },
}

function ownMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function bytesOf(redis: Redis, load: Load, one: () => Promise<unknown>): Promise<number> {
  const count = Math.max(load.count, LEAST_TASKS_IN_MEMORY)
  const before = await usedBytes(redis)
  await ratePerSecond({ ...load, count }, one)
  return ((await usedBytes(redis)) - before) / count
}
