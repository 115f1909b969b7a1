import { resolve } from 'node:path'
import { readSettings } from '@longhaul/task'
import { describeThrown, resolveApi, runTaskAlone, startWorker } from '@longhaul/worker'
import { loadEnvFile } from '../env-file.ts'
import { forkWorker } from '../fork-worker.ts'
import { createLog } from '../log.ts'
import { warnOfMisspelt } from '../misspelt.ts'
import { ownModules } from '../own-modules.ts'
import { requireStoreUrl } from '../require-store.ts'
import { untilStopped } from '../until-stopped.ts'
import { VERSION } from '../version.ts'
import type { WorkerMessage } from '../worker-message.ts'

export interface WorkerArguments {
  /** Run one activation of this task, and nothing else. */
  readonly task?: string
}

/** The user's code runs here, and has no use for them. */
const KEYS_OF_CALLERS = ['LONGHAUL_API_KEYS', 'LONGHAUL_API_KEY']

/** A worker alone, until it is told to stop. */
export async function runWorker(project: string, { task: taskId }: WorkerArguments): Promise<void> {
  const dir = resolve(project)
  loadEnvFile(dir)
  for (const name of KEYS_OF_CALLERS) delete process.env[name]
  const settings = readSettings(process.env)
  const url = requireStoreUrl(process.env)
  const log = createLog('worker', settings)
  // Whoever started this process for itself has said so already.
  if (!process.send) warnOfMisspelt(log)
  const stopped = untilStopped()
  // The user's code runs here, next to the tasks of others: a promise that it forgot must not end them all.
  process.on('unhandledRejection', (error) => log.error(describeThrown(error), 'a promise was rejected unheard'))
  // Nor must what it writes itself, where the disk is full or nobody reads it any more.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  resolveApi(ownModules())
  const options = { url, settings, dir, env: process.env, version: VERSION, log }

  if (taskId !== undefined) {
    const stop = new AbortController()
    // Its worker ends it in order; one that is gone was killed.
    process.once('disconnect', () => process.exit(1))
    void stopped.then(() => stop.abort())
    await runTaskAlone(options, { taskId, stopped: stop.signal })
    process.exit(0)
  }
  const tell = (message: WorkerMessage) => process.send?.(message)
  const starting = startWorker({
    ...options,
    forkAlone: (id) => forkWorker([dir, '--task', id], url),
    onOutdated: () => tell({ kind: 'outdated' }),
  })
  // Without the store it waits for it, and may be told to stop before it has begun.
  const worker = await Promise.race([starting, stopped.then(() => undefined)])
  if (worker) {
    log.info({ worker: worker.id, tools: worker.tools }, 'working')
    tell({ kind: 'ready', tools: worker.tools, problems: worker.problems })
  }
  log.info({ reason: await stopped }, 'stopping')
  await worker?.close()
  process.exit(0)
}
