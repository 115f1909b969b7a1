import { compare } from '../compare.ts'
import type { Group } from '../figure.ts'
import { ratePerSecond } from '../load.ts'
import { spawnWorker } from '../processes/spawn-longhaul.ts'
import { startBenchStore } from '../start-bench-store.ts'
import { openSubmitter } from '../submitter.ts'

/** Tasks that one worker runs at once, as it comes. */
const CONCURRENCY = 20
const MANY = 4

/** Workers are processes; their tasks wait for something else most of the time. */
export const scaling: Group = {
  name: 'scaling',
  figures: [
    {
      name: 'scaling',
      what: `tasks/s of ${MANY} workers, beside one, where each step waits 100 ms for something else`,
      target: { of: 'ratio', bound: 'at least', limit: 3.6 },
    },
  ],
  async measure({ rounds, scaling: { tasksPerWorker } }, note) {
    note('workers start')
    const [many, one] = await Promise.all([open(MANY), open(1)])
    try {
      note('tasks')
      const rate = ({ submitter, workers }: Awaited<ReturnType<typeof open>>) => {
        // More than run at once, so that no worker waits for the submitter.
        const load = { count: tasksPerWorker * workers, inFlight: 2 * CONCURRENCY * workers }
        return ratePerSecond(load, () => submitter.run('wait'))
      }
      const contest = { rounds: Math.min(rounds, 3), value: () => rate(many), reference: () => rate(one) }
      return { scaling: await compare(contest) }
    } finally {
      await Promise.all([many.close(), one.close()])
    }
  },
}

async function open(workers: number) {
  const store = await startBenchStore()
  const env = { REDIS_URL: store.url, LONGHAUL_CONCURRENCY: String(CONCURRENCY) }
  const running = await Promise.all(Array.from({ length: workers }, () => spawnWorker(env)))
  const submitter = await openSubmitter(store.url)
  return {
    submitter,
    workers,
    close: async () => {
      await submitter.close()
      await Promise.all(running.map((worker) => worker.kill()))
      await store.stop()
    },
  }
}
