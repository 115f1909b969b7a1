import type { RedisOptions } from 'bullmq'

export interface QueueConnection {
  readonly url: string
  /** `fail`: a command gives up soon while the store is away (servers). `wait`: it waits (workers). */
  readonly whenAway: 'fail' | 'wait'
}

/** BullMQ opens its own connections; these are the options for them. */
export const toRedisOptions = ({ url, whenAway }: QueueConnection): RedisOptions => ({
  url,
  maxRetriesPerRequest: whenAway === 'fail' ? 1 : null,
  retryStrategy: (attempt) => Math.min(50 * attempt, 1000),
})
