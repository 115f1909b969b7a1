import { join, resolve } from 'node:path'
import { startCoordinator } from '@longhaul/coordinator'
import { startStore } from '@longhaul/embedded'
import { readSettings } from '@longhaul/task'
import { createLog } from '../log.ts'
import { summarize } from '../summary.ts'
import { untilStopped } from '../until-stopped.ts'
import { WorkerProcess } from '../worker-process.ts'

/** Everything in one command: the store, a coordinator in this process, workers in processes of their own. */
export async function start(project: string): Promise<void> {
  const settings = readSettings(process.env)
  const log = createLog('longhaul', settings)
  const dir = resolve(project)
  const stopped = untilStopped()
  const store = await startStore({ dir: join(dir, '.longhaul'), env: process.env, log: (line) => log.info(line) })
  const stopping: (() => Promise<void>)[] = [() => store.stop()]
  const stop = async () => {
    for (const end of stopping.toReversed()) await end()
  }
  try {
    const coordinator = await startCoordinator({ url: store.url, settings, log })
    stopping.push(() => coordinator.close())
    const workers = Array.from({ length: settings.workers }, () => new WorkerProcess({ dir, url: store.url, log }))
    stopping.push(async () => {
      await Promise.all(workers.map((worker) => worker.stop()))
    })
    const [first] = await Promise.race([Promise.all(workers.map(({ ready }) => ready)), stopped.then(() => [])])
    console.log(summarize({ address: coordinator.address, dir, settings, store, workers: workers.length, first }))
    const reason = await Promise.race([stopped, store.exited])
    log.info({ reason }, 'stopping')
  } finally {
    await stop()
  }
  process.exit(0)
}
