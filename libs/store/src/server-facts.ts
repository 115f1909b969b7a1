import { Cluster } from 'ioredis'
import { SWEEPER } from './keys.ts'
import type { StoreClient } from './open-client.ts'

/** What a server says of itself. */
export interface ServerFacts {
  /** Of Redis, or of the Redis that a Valkey is compatible with. */
  readonly version: string
  readonly isClusterNode: boolean
  /** It compiles to WebAssembly and keeps snapshots: the store that comes along. */
  readonly isEmbedded: boolean
  readonly evicts: boolean
  readonly hasAppendOnlyFile: boolean
  readonly replicas: number
  /** Its clock, Unix ms. */
  readonly timeMs: number
}

/** One of each master. @throws Error of the store */
export async function fetchServerFacts(client: StoreClient): Promise<readonly ServerFacts[]> {
  // A cluster does not know its nodes before it has done something.
  if (client instanceof Cluster) await client.exists(SWEEPER)
  const masters = client instanceof Cluster ? client.nodes('master') : [client]
  return (await Promise.all(masters.map((master) => master.info()))).map(parseFacts)
}

function parseFacts(info: string): ServerFacts {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  return {
    version: field('redis_version'),
    isClusterNode: field('cluster_enabled') === '1',
    isEmbedded: field('os').startsWith('wasi'),
    // A store that does not say keeps to itself what it does; managed ones are such.
    evicts: !['', 'noeviction'].includes(field('maxmemory_policy')),
    hasAppendOnlyFile: field('aof_enabled') === '1',
    replicas: Number(field('connected_slaves')),
    timeMs: Number(field('server_time_usec')) / 1000,
  }
}

const OLDEST_VERSION = 7

/** What somebody should know of these servers, one line each. */
export function warningsAbout(
  facts: readonly ServerFacts[],
  { isCluster, neededReplicas }: { readonly isCluster: boolean; readonly neededReplicas: number },
): string[] {
  const isAny = (is: (facts: ServerFacts) => boolean) => facts.some(is)
  const old = facts.find(({ version }) => Number.parseInt(version, 10) < OLDEST_VERSION)
  const fewest = Math.min(...facts.map(({ replicas }) => replicas))
  return [
    !isCluster &&
      isAny(({ isClusterNode }) => isClusterNode) &&
      'REDIS_URL names a node of a cluster, which has only some of the keys. Write redis+cluster:// instead of redis://.',
    old && `The store is Redis ${old.version}; ${OLDEST_VERSION}.0 is the oldest that Longhaul is tested with.`,
    isAny(({ evicts }) => evicts) &&
      'The store removes keys when its memory is full, and with them tasks. Set maxmemory-policy noeviction.',
    isAny(({ hasAppendOnlyFile, isEmbedded }) => !hasAppendOnlyFile && !isEmbedded) &&
      'The store has no append-only file: its crash loses what came after its last snapshot, if it takes any. Set appendonly yes.',
    fewest < neededReplicas &&
      `The store has ${fewest} replicas, and LONGHAUL_REPLICAS=${neededReplicas}: changes wait, or are refused, until there are as many.`,
  ].filter((line) => typeof line === 'string')
}
