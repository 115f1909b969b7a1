import { parseStoreUrl } from '@longhaul/task'
import type { ConnectionOptions, RedisOptions } from 'bullmq'
import { Cluster } from 'ioredis'

export interface QueueConnection {
  /** In a form that `parseStoreUrl` takes. */
  readonly url: string
  /** `fail`: a command gives up soon while the store is away (servers). `wait`: it waits (workers). */
  readonly whenAway: 'fail' | 'wait'
}

/**
 * A connection that owes an answer for so long is dead without knowing it, and is opened anew. Longer than BullMQ's
 * longest blocking command (10 s).
 */
const SILENT_FOR_MS = 15_000
/** Longest time for a connection to come about before another address is tried. */
const CONNECT_WITHIN_MS = 2000

const retryStrategy = (attempt: number): number => Math.min(50 * attempt, 1000)

/** What BullMQ opens its connections by, and how to end what it does not. */
export interface OpenConnection {
  readonly connection: ConnectionOptions
  end(): void
}

/** @throws Error when the URL is none */
export function openConnection({ url, whenAway }: QueueConnection): OpenConnection {
  const address = parseStoreUrl(url)
  const options: RedisOptions = {
    ...address.credentials,
    ...(address.isTls && { tls: {} }),
    maxRetriesPerRequest: whenAway === 'fail' ? 1 : null,
    socketTimeout: SILENT_FOR_MS,
    connectTimeout: CONNECT_WITHIN_MS,
  }
  if (address.kind === 'cluster') {
    const cluster = new Cluster([...address.nodes], {
      clusterRetryStrategy: retryStrategy,
      slotsRefreshTimeout: CONNECT_WITHIN_MS,
      redisOptions: options,
      // Certificates are for names, so names must not be resolved to addresses before.
      ...(address.isTls && { dnsLookup: (name, callback) => callback(null, name) }),
    })
    cluster.on('error', () => {}) // Told to the queue's own listener, too.
    return { connection: cluster, end: () => cluster.disconnect() }
  }
  const common: RedisOptions = {
    ...options,
    db: address.db,
    retryStrategy,
    // It has become a replica: whoever is the master now is found by asking again.
    reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
  }
  const end = () => {}
  if (address.kind === 'single') return { connection: { ...common, host: address.host, port: address.port }, end }
  const { username, password } = address.sentinelCredentials
  const connection: RedisOptions = {
    ...common,
    sentinels: [...address.sentinels],
    name: address.master,
    ...(username && { sentinelUsername: username }),
    ...(password && { sentinelPassword: password }),
    ...(address.isTls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
    sentinelRetryStrategy: retryStrategy,
    sentinelCommandTimeout: CONNECT_WITHIN_MS,
  }
  return { connection, end }
}
