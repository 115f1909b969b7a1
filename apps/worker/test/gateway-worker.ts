import type { Settings } from '@longhaul/task'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { startWorker } from '../src/index.ts'
import { testSettings } from './worker-store.ts'

/** Quick where the defaults are made for people. */
const QUICK = { leaseMs: 1000, sweepIntervalMs: 50, wakeGraceMs: 100, retryBackoffMs: 10, upstreamPollMinMs: 100 }

/** A worker on this project in this process, for one test. */
export async function startGatewayWorker(
  url: string,
  dir: string,
  { env = {}, ...changed }: Partial<Settings> & { readonly env?: NodeJS.ProcessEnv } = {},
) {
  const forkAlone = () => {
    throw new Error('Nothing dies here.')
  }
  const settings = testSettings({ ...QUICK, ...changed })
  const log = pino({ level: 'silent' })
  const worker = await startWorker({ url, settings, dir, env, version: '0.0.0', log, forkAlone })
  onTestFinished(() => worker.close())
  return worker
}
