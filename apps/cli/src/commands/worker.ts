import { resolve } from 'node:path'
import { VERSION } from '@longhaul/coordinator'
import { readSettings } from '@longhaul/task'
import { startWorker } from '@longhaul/worker'
import { createLog } from '../log.ts'
import { requireStoreUrl } from '../require-store.ts'
import { untilStopped } from '../until-stopped.ts'
import type { WorkerMessage } from '../worker-message.ts'

export async function runWorker(project: string): Promise<void> {
  const settings = readSettings(process.env)
  const log = createLog('worker', settings)
  const url = requireStoreUrl(process.env)
  const stopped = untilStopped()
  const worker = await startWorker({ url, settings, dir: resolve(project), env: process.env, version: VERSION, log })
  log.info({ worker: worker.id, tools: worker.tools }, 'working')
  const ready: WorkerMessage = { kind: 'ready', tools: worker.tools, problems: worker.problems }
  process.send?.(ready)
  log.info({ reason: await stopped }, 'stopping')
  await worker.close()
  process.exit(0)
}
