import { needs, startRedis, startTestCluster, startTestStore } from '@longhaul/testbed'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openClient } from './open-client.ts'
import { fetchServerFacts, type ServerFacts, warningsAbout } from './server-facts.ts'

const canRun = needs('redis-server', 'server-facts.test.ts')
const ALONE = { isCluster: false, neededReplicas: 0 }

async function warningsOf(url: string, options = ALONE): Promise<string[]> {
  const client = openClient(url, 'wait')
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  await new Promise((resolve) => client.once('ready', resolve))
  return warningsAbout(await fetchServerFacts(client), options)
}

describe.runIf(canRun)('a store is warned about', () => {
  test('that evicts keys, and has no append-only file', async () => {
    const redis = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] })
    onTestFinished(() => redis.stop())
    expect(await warningsOf(redis.url)).toEqual([
      'The store removes keys when its memory is full, and with them tasks. Set maxmemory-policy noeviction.',
      'The store has no append-only file: its crash loses what came after its last snapshot, if it takes any. Set appendonly yes.',
    ])
    await redis.client.config('SET', 'appendonly', 'yes', 'maxmemory-policy', 'noeviction')
    expect(await warningsOf(redis.url)).toEqual([])
    expect(await warningsOf(redis.url, { ...ALONE, neededReplicas: 2 })).toEqual([
      'The store has 0 replicas, and LONGHAUL_REPLICAS=2: changes wait, or are refused, until there are as many.',
    ])
  })

  test('that is a node of a cluster, unless the URL says so', async () => {
    const cluster = await startTestCluster({ args: ['--appendonly', 'yes'] })
    onTestFinished(() => cluster.stop())
    expect(await warningsOf(cluster.masters[0]?.url ?? '')).toEqual([
      'REDIS_URL names a node of a cluster, which has only some of the keys. Write redis+cluster:// instead of redis://.',
    ])
    expect(await warningsOf(cluster.url, { ...ALONE, isCluster: true })).toEqual([])
  })
})

test('the embedded store is not warned about', async () => {
  const store = await startTestStore({ kind: 'embedded' })
  onTestFinished(() => store.stop())
  expect(await warningsOf(store.url)).toEqual([])
})

test('a store that is too old is warned about', () => {
  const facts: ServerFacts = {
    version: '6.2.14',
    isClusterNode: false,
    isEmbedded: false,
    evicts: false,
    hasAppendOnlyFile: true,
    replicas: 0,
    timeMs: 0,
  }
  expect(warningsAbout([{ ...facts, version: '7.0.15' }, facts], ALONE)).toEqual([
    'The store is Redis 6.2.14; 7.0 is the oldest that Longhaul is tested with.',
  ])
})
