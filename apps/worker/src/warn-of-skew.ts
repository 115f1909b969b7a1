import { type Connection, describeSkew } from '@longhaul/store'
import type { WorkerOptions } from './worker-options.ts'

/** Once, when the store is there: timers and deadlines that tools set go by the clock of this machine. */
export async function warnOfSkew(connection: Connection, log: WorkerOptions['log']): Promise<void> {
  const askedAt = Date.now()
  const facts = await connection.serverFacts().catch(() => [])
  const skew = describeSkew(facts, { askedAt, answeredAt: Date.now() })
  if (skew !== undefined) log.warn(skew)
}
