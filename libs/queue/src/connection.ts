import type { RedisOptions } from 'bullmq'

export interface QueueConnection {
  readonly url: string
  /** `fail`: a command gives up soon while the store is away (servers). `wait`: it waits (workers). */
  readonly whenAway: 'fail' | 'wait'
}

/**
 * A connection that owes an answer for so long is dead without knowing it, and is opened anew. Longer than BullMQ's
 * longest blocking command (10 s).
 */
const SILENT_FOR_MS = 15_000

/** BullMQ opens its own connections; these are the options for them. */
export const toRedisOptions = ({ url, whenAway }: QueueConnection): RedisOptions => ({
  url,
  maxRetriesPerRequest: whenAway === 'fail' ? 1 : null,
  socketTimeout: SILENT_FOR_MS,
  retryStrategy: (attempt) => Math.min(50 * attempt, 1000),
})
