import { parseStoreUrl, type StoreAddress } from '@longhaul/task'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { endWhenSilent } from './end-when-silent.ts'
import { isFromReplica } from './store-errors.ts'
import { writeTurnwise } from './write-turnwise.ts'

/** A client of one server, of the server that sentinels name, or of a cluster. */
export type StoreClient = Redis | Cluster

/** A connection that owes an answer for so long is dead without knowing it, and is opened anew. */
const SILENT_FOR_MS = 15_000
/** Longest time for a connection to come about before another address is tried. */
const CONNECT_WITHIN_MS = 2000
const REFRESH_SLOTS_MS = 5000

const retryStrategy = (attempt: number): number => Math.min(50 * attempt, 1000)

/**
 * Opens a client that comes back by itself, wherever the store has gone to meanwhile.
 * @throws Error when the URL is none
 */
export function openClient(url: string, whenAway: 'fail' | 'wait'): StoreClient {
  const address = parseStoreUrl(url)
  const options: RedisOptions = {
    ...address.credentials,
    ...(address.isTls && { tls: {} }),
    connectTimeout: CONNECT_WITHIN_MS,
    maxRetriesPerRequest: whenAway === 'fail' ? 1 : null,
  }
  if (address.kind === 'cluster') return openCluster(address, options)
  return endWhenSilent(writeTurnwise(openRedis(address, options)), SILENT_FOR_MS)
}

function openRedis(address: Exclude<StoreAddress, { kind: 'cluster' }>, options: RedisOptions): Redis {
  const common: RedisOptions = {
    ...options,
    db: address.db,
    retryStrategy,
    // It has become a replica: whoever is the master now is found by asking again.
    reconnectOnError: (error) => (isFromReplica(error) ? 2 : false),
  }
  if (address.kind === 'single') return new Redis({ ...common, host: address.host, port: address.port })
  const { username, password } = address.sentinelCredentials
  return new Redis({
    ...common,
    sentinels: [...address.sentinels],
    name: address.master,
    ...(username && { sentinelUsername: username }),
    ...(password && { sentinelPassword: password }),
    ...(address.isTls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
    sentinelRetryStrategy: retryStrategy,
    sentinelCommandTimeout: CONNECT_WITHIN_MS,
    // No `failoverDetector`: news of a failover during a reconnect would end the client for good. A master that was
    // replaced breaks its connections, or refuses writes.
  })
}

function openCluster({ nodes, isTls }: Extract<StoreAddress, { kind: 'cluster' }>, options: RedisOptions): Cluster {
  return new Cluster([...nodes], {
    clusterRetryStrategy: retryStrategy,
    slotsRefreshTimeout: CONNECT_WITHIN_MS,
    // Pipelines are not told of slots that have moved.
    slotsRefreshInterval: REFRESH_SLOTS_MS,
    redisOptions: { ...options, socketTimeout: SILENT_FOR_MS },
    // Certificates are for names, so names must not be resolved to addresses before.
    ...(isTls && { dnsLookup: (name, callback) => callback(null, name) }),
  })
}
