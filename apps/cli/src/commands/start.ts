import { join, resolve } from 'node:path'
import { startCoordinator } from '@longhaul/coordinator'
import { startStore } from '@longhaul/embedded'
import { readSettings } from '@longhaul/task'
import { checkProjectFolder } from '@longhaul/worker'
import { createLog } from '../log.ts'
import { summarize } from '../summary.ts'
import { untilStopped } from '../until-stopped.ts'
import { WorkerProcess } from '../worker-process.ts'

/** Everything in one command: the store, a coordinator in this process, workers in processes of their own. */
export async function start(project: string): Promise<void> {
  const settings = readSettings(process.env)
  const dir = resolve(project)
  checkProjectFolder(dir)
  const log = createLog('longhaul', settings)
  const stopped = untilStopped()
  const { durability } = settings
  const store = await startStore({
    dir: join(dir, '.longhaul'),
    env: process.env,
    log: (line) => log.warn(line),
    durability,
  })
  const ended = Promise.race([
    stopped.then((reason) => ({ reason, code: 0 })),
    store.exited.then((reason) => ({ reason, code: 1 })),
  ])
  const stopping: (() => Promise<void>)[] = [() => store.stop()]
  const stop = async () => {
    for (const end of stopping.toReversed()) await end().catch((error) => log.error({ err: error }, 'the end failed'))
  }
  try {
    const coordinator = await startCoordinator({ url: store.url, settings, log })
    stopping.push(() => coordinator.close())
    const options = { dir, url: store.url, log, settings }
    const workers = Array.from({ length: settings.workers }, () => new WorkerProcess(options))
    process.once('exit', () => {
      for (const worker of workers) worker.kill()
    })
    stopping.push(async () => {
      await Promise.all(workers.map((worker) => worker.stop()))
    })
    const ready = await Promise.race([Promise.all(workers.map((worker) => worker.ready)), ended.then(() => undefined)])
    if (ready) console.log(summarize({ address: coordinator.address, dir, settings, store, ready }))
    const { reason, code } = await ended
    log[code === 0 ? 'info' : 'error']({ reason }, 'stopping')
    process.exitCode = code
  } finally {
    await stop()
  }
  process.exit()
}
