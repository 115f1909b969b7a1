import { join, resolve } from 'node:path'
import { startCoordinator } from '@longhaul/coordinator'
import { startStore } from '@longhaul/embedded'
import { formatProblem, knowsCallers, readSettings } from '@longhaul/task'
import { checkProjectFolder } from '@longhaul/worker'
import { loadEnvFile } from '../env-file.ts'
import { makeKey, publish } from '../installation/publish.ts'
import { createLog } from '../log.ts'
import { warnOfMisspelt } from '../misspelt.ts'
import { summarize } from '../summary.ts'
import { untilStopped } from '../until-stopped.ts'
import { WorkerProcess } from '../worker-process.ts'

export interface StartArguments {
  /** Whether it ends when no process of this machine uses it any more. */
  readonly whileUsed?: boolean
  /** Variables where neither the environment nor `.env` sets them. */
  readonly defaults?: Readonly<Record<string, string>>
}

/** Everything in one command: the store, a coordinator in this process, workers in processes of their own. */
export async function start(project: string, { whileUsed = false, defaults = {} }: StartArguments): Promise<void> {
  const dir = resolve(project)
  checkProjectFolder(dir)
  loadEnvFile(dir)
  for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value
  const settings = readSettings(process.env)
  const log = createLog('longhaul', settings)
  warnOfMisspelt(log)
  const stopped = untilStopped()
  const { durability } = settings
  const folder = join(dir, '.longhaul')
  const store = await startStore({ dir: folder, env: process.env, log: (line) => log.warn(line), durability })
  // Who started it has asked for no open port: everybody else needs a key, too.
  const localKey = whileUsed || knowsCallers(settings) ? makeKey() : undefined
  const ended = Promise.race([
    stopped.then((reason) => ({ reason, code: 0 })),
    store.exited.then((reason) => ({ reason, code: 1 })),
  ])
  const stopping: (() => Promise<void>)[] = [() => store.stop()]
  const stop = async () => {
    for (const end of stopping.toReversed()) await end().catch((error) => log.error({ err: error }, 'the end failed'))
  }
  try {
    const coordinator = await startCoordinator({ url: store.url, settings, log, localKey })
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
    if (ready) console.log(summarize({ address: coordinator.address, dir, settings, store, ready, whileUsed }))
    const ends = [ended]
    // Without data of its own there is nothing in the folder that only one may use.
    if (ready && (whileUsed || store.kind !== 'external')) {
      const url = `${coordinator.address}/mcp`
      const problems = (ready[0]?.problems ?? []).map(formatProblem)
      const brought = store.kind !== 'external' && { store: store.url }
      const facts = { url, ...brought, whileUsed, problems }
      const { deserted, withdraw } = await publish({ folder, key: localKey, settings, ...facts })
      stopping.push(withdraw)
      if (whileUsed) ends.push(deserted.then(() => ({ reason: 'nobody uses it any more', code: 0 })))
    }
    const { reason, code } = await Promise.race(ends)
    log[code === 0 ? 'info' : 'error']({ reason }, 'stopping')
    process.exitCode = code
  } finally {
    await stop()
  }
  process.exit()
}
