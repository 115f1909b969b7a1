import { needs, startRedis, startTestCluster, startTestStore } from '@longhaul/testbed'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openClient } from './open-client.ts'
import { describeFull, describeSkew, fetchServerFacts, type ServerFacts, warningsAbout } from './server-facts.ts'

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

const FACTS: ServerFacts = {
  version: '7.0.15',
  isClusterNode: false,
  isEmbedded: false,
  evicts: false,
  hasAppendOnlyFile: true,
  replicas: 0,
  usedBytes: 0,
  maxBytes: 0,
  failsToWrite: false,
  timeMs: 0,
}

test('a store that is too old is warned about', () => {
  expect(warningsAbout([FACTS, { ...FACTS, version: '6.2.14' }], ALONE)).toEqual([
    'The store is Redis 6.2.14; 7.0 is the oldest that Longhaul is tested with.',
  ])
})

test('a store whose memory is nearly full is warned about, and one that is full takes nothing new', () => {
  const [roomy, nearly, full] = [89, 90, 100].map((usedBytes) => ({ ...FACTS, usedBytes, maxBytes: 100 }))
  if (!roomy || !nearly || !full) throw new Error('There are three of them.')
  expect([warningsAbout([FACTS, roomy], ALONE), describeFull([roomy, nearly])]).toEqual([[], undefined])
  expect(warningsAbout([roomy, nearly], ALONE)).toEqual([
    'The store uses 90 of 100 bytes (maxmemory); a full one takes nothing new. Give it more.',
  ])
  expect(describeFull([roomy, full])).toContain('Its memory is full (maxmemory 100)')
  expect(describeFull([{ ...FACTS, failsToWrite: true }])).toContain('It cannot write to its disk')
})

test('a machine whose clock differs from that of the store is told by how much, and not for the time that an answer takes', () => {
  const asked = { askedAt: 10_000, answeredAt: 15_000 }
  const skewOf = (...times: number[]) =>
    describeSkew(
      times.map((timeMs) => ({ ...FACTS, timeMs })),
      asked,
    )
  expect([skewOf(), skewOf(8500, 12_000, 16_500)]).toEqual([undefined, undefined])
  expect(skewOf(12_000, 7000)).toContain('The clock of this machine is 3000 ms ahead of that of the store.')
  expect(skewOf(18_000)).toContain('3000 ms behind that of the store.')
})
