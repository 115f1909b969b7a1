import { fileURLToPath } from 'node:url'
import { readSettings } from '@longhaul/task'
import { type RunningWorker, resolveApi, startWorker } from '@longhaul/worker'
import { pino } from 'pino'
import { openSubmitter, type Submitter } from './submitter.ts'

export const PROJECT = fileURLToPath(new URL('../project', import.meta.url))

resolveApi({ longhaul: import.meta.resolve('longhaul'), zod: import.meta.resolve('zod') })

const forkAlone = (taskId: string): never => {
  throw new Error(`Workers have died with the task ${taskId} while it was measured.`)
}

/** A worker in this process, as `longhaul worker` starts it. */
export async function openWorker(
  url: string,
  { concurrency }: { readonly concurrency: number },
): Promise<RunningWorker> {
  const settings = { ...readSettings({}), concurrency }
  const log = pino({ level: 'silent' })
  const worker = await startWorker({ url, settings, dir: PROJECT, env: {}, version: '0', log, forkAlone })
  const [problem] = worker.problems
  if (problem) throw new Error(`${problem.file}: ${problem.message}`)
  return worker
}

export interface Longhaul extends Omit<Submitter, 'close'> {
  close(): Promise<void>
}

/** Submitter and worker in this process, as the reference has them. */
export async function openLonghaul(url: string, options: { readonly concurrency: number }): Promise<Longhaul> {
  const worker = await openWorker(url, options)
  const submitter = await openSubmitter(url)
  return {
    ...submitter,
    close: async () => {
      await worker.close()
      await submitter.close()
    },
  }
}
