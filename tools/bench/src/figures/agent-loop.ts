import { compare } from '../compare.ts'
import type { Group } from '../figure.ts'
import { medianMs, ratePerSecond } from '../load.ts'
import { openLonghaul } from '../longhaul.ts'
import { openJournalWrites } from '../reference/journal-writes.ts'
import { startBenchStore } from '../start-bench-store.ts'

const IN_FLIGHT = 10

/** An agent whose model and tools take no time: all that is measured is the loop, and that it is durable. */
export const agentLoop: Group = {
  name: 'agentLoop',
  figures: [
    {
      name: 'agentLoop',
      what: `ms per task of ten turns with two tools at once, ${IN_FLIGHT} in flight, beside its journal writes alone`,
      target: { of: 'ratio', bound: 'at most', limit: 1.3 },
    },
    { name: 'agentLoopAlone', what: 'ms, median of one such task, alone, beside its journal writes alone' },
    { name: 'agentLoopSteps', what: 'ms per such task, beside a tool that has the same records by steps of its own' },
    { name: 'agentLoopClient', what: 'µs of this process’s processor per such task, beside its journal writes alone' },
  ],
  async measure({ rounds, agentLoop: { tasks, alone } }, note) {
    const store = await startBenchStore()
    const longhaul = await openLonghaul(store.url, { concurrency: IN_FLIGHT })
    const loop = () => longhaul.run('looper', { prompt: 'Look it up.' })
    const writes = await openJournalWrites(store.url, (await loop()).id)
    try {
      note('in flight')
      const load = { count: tasks, inFlight: IN_FLIGHT }
      const msEach = (one: () => Promise<unknown>) => async () => 1000 / (await ratePerSecond(load, one))
      const inFlight = await compare({ rounds, value: msEach(loop), reference: msEach(writes.run) })
      const steps = () => longhaul.run('same_records')
      const agentLoopSteps = await compare({ rounds, value: msEach(loop), reference: msEach(steps) })
      note('alone')
      const ms = (one: () => Promise<unknown>) => () => medianMs(alone, one)
      const agentLoopAlone = await compare({ rounds, value: ms(loop), reference: ms(writes.run) })
      note('processor time')
      const spent = (one: () => Promise<unknown>) => async () => {
        const before = process.cpuUsage()
        await ratePerSecond(load, one)
        const { user, system } = process.cpuUsage(before)
        return (user + system) / tasks
      }
      const agentLoopClient = await compare({ rounds, value: spent(loop), reference: spent(writes.run) })
      return { agentLoop: inFlight, agentLoopSteps, agentLoopAlone, agentLoopClient }
    } finally {
      await Promise.all([longhaul.close(), writes.close()])
      await store.stop()
    }
  },
}
