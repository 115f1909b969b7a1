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
  readonly usedBytes: number
  /** 0 where it has no limit of its own. */
  readonly maxBytes: number
  /** It could not write its append-only file, or its last snapshot. */
  readonly failsToWrite: boolean
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
    usedBytes: Number(field('used_memory')),
    maxBytes: Number(field('maxmemory')),
    failsToWrite: field('aof_last_write_status') === 'err' || field('rdb_last_bgsave_status') === 'err',
    timeMs: Number(field('server_time_usec')) / 1000,
  }
}

/** Of clocks. From there on timers are late or early, and what machines have announced is taken for old. */
const MOST_SKEW_MS = 2000

/** By how much the clock of this machine differs from those of the servers; undefined where that does not matter. */
export function describeSkew(
  facts: readonly ServerFacts[],
  { askedAt, answeredAt }: { readonly askedAt: number; readonly answeredAt: number },
): string | undefined {
  // They read theirs somewhere in between.
  const aheads = facts.map(({ timeMs }) => Math.max(askedAt - timeMs, 0) - Math.max(timeMs - answeredAt, 0))
  const aheadMs = aheads.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0] ?? 0
  if (Math.abs(aheadMs) <= MOST_SKEW_MS) return undefined
  const how = `${Math.round(Math.abs(aheadMs))} ms ${aheadMs > 0 ? 'ahead of' : 'behind'}`
  return `The clock of this machine is ${how} that of the store. Let both follow NTP: timers and deadlines go by them.`
}

const OLDEST_VERSION = 7
/** Of its memory. From there on somebody should do something about it. */
const NEARLY_FULL = 0.9

/** Why these servers take nothing new, and what to do; undefined as long as they do. */
export function describeFull(facts: readonly ServerFacts[]): string | undefined {
  const full = facts.find(isOutOfMemory)
  if (full) return `Its memory is full (maxmemory ${full.maxBytes}): it takes nothing new. Give it more.`
  if (!facts.some(({ failsToWrite }) => failsToWrite)) return undefined
  return 'It cannot write to its disk, and may take nothing new: its log says why.'
}

const isOutOfMemory = ({ usedBytes, maxBytes }: ServerFacts): boolean => maxBytes > 0 && usedBytes >= maxBytes

/** What somebody should know of these servers, one line each. */
export function warningsAbout(
  facts: readonly ServerFacts[],
  { isCluster, neededReplicas }: { readonly isCluster: boolean; readonly neededReplicas: number },
): string[] {
  const isAny = (is: (facts: ServerFacts) => boolean) => facts.some(is)
  const old = facts.find(({ version }) => Number.parseInt(version, 10) < OLDEST_VERSION)
  const nearlyFull = facts.find(
    (server) => server.usedBytes >= NEARLY_FULL * server.maxBytes && server.maxBytes > 0 && !isOutOfMemory(server),
  )
  const fewest = Math.min(...facts.map(({ replicas }) => replicas))
  return [
    !isCluster &&
      isAny(({ isClusterNode }) => isClusterNode) &&
      'REDIS_URL names a node of a cluster, which has only some of the keys. Write redis+cluster:// instead of redis://.',
    old && `The store is Redis ${old.version}; ${OLDEST_VERSION}.0 is the oldest that Longhaul is tested with.`,
    isAny(({ evicts }) => evicts) &&
      'The store removes keys when its memory is full, and with them tasks. Set maxmemory-policy noeviction.',
    nearlyFull &&
      `The store uses ${nearlyFull.usedBytes} of ${nearlyFull.maxBytes} bytes (maxmemory); a full one takes nothing new. Give it more.`,
    isAny(({ hasAppendOnlyFile, isEmbedded }) => !hasAppendOnlyFile && !isEmbedded) &&
      'The store has no append-only file: its crash loses what came after its last snapshot, if it takes any. Set appendonly yes.',
    fewest < neededReplicas &&
      `The store has ${fewest} replicas, and LONGHAUL_REPLICAS=${neededReplicas}: changes wait, or are refused, until there are as many.`,
  ].filter((line) => typeof line === 'string')
}
