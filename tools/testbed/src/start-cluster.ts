import { setTimeout as delay } from 'node:timers/promises'
import { startRedis, type TestRedis } from './start-redis.ts'

/** A Redis Cluster of a test: three masters, and as many replicas of each as were asked for. */
export interface TestCluster {
  /** `redis+cluster://…`, with all nodes. */
  readonly url: string
  readonly masters: readonly TestRedis[]
  readonly replicas: readonly TestRedis[]
  /** The master that holds this key now. */
  holderOf(key: string): Promise<TestRedis>
  /** The names of all keys. */
  keys(): Promise<string[]>
  flush(): Promise<void>
  stop(): Promise<void>
}

const SLOTS = 16_384
const MASTERS = 3

export async function startTestCluster(
  options: { readonly replicas?: 0 | 1; readonly args?: readonly string[] } = {},
): Promise<TestCluster> {
  const { replicas: perMaster = 0, args = [] } = options
  const clusterArgs = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', ...args]
  const failover = ['--cluster-replica-validity-factor', '0', '--repl-diskless-sync-delay', '0']
  const start = () => startRedis({ args: [...clusterArgs, ...failover] })
  const masters = await Promise.all(Array.from({ length: MASTERS }, start))
  const replicas = await Promise.all(Array.from({ length: MASTERS * perMaster }, start))
  const nodes = [...masters, ...replicas]
  await Promise.all(
    masters.map(({ client }, place) =>
      client.cluster(
        'ADDSLOTSRANGE',
        Math.ceil((place * SLOTS) / MASTERS),
        Math.ceil(((place + 1) * SLOTS) / MASTERS) - 1,
      ),
    ),
  )
  await Promise.all(masters.map(({ client }, place) => client.call('CLUSTER', 'SET-CONFIG-EPOCH', String(place + 1))))
  for (const { client } of nodes) await client.cluster('MEET', '127.0.0.1', nodes[0]?.port ?? 0)
  const infos = () => Promise.all(nodes.map(({ client }) => client.cluster('INFO')))
  const untilKnown = async () => {
    const known = `cluster_known_nodes:${nodes.length}\r\n`
    while (!(await infos()).every((info) => info.includes('cluster_state:ok') && info.includes(known))) await delay(20)
  }
  await untilKnown()
  for (const [place, { client }] of replicas.entries()) {
    const master = await masters[place % MASTERS]?.client.call('CLUSTER', 'MYID')
    await client.cluster('REPLICATE', String(master))
  }
  while (!(await Promise.all(replicas.map(({ client }) => client.info('replication')))).every(isLinked)) await delay(20)
  await untilKnown()

  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    masters,
    replicas,
    holderOf: async (key) => {
      for (const node of nodes) {
        const isHolder = await node.client.exists(key).then(
          () => true,
          () => false,
        )
        if (isHolder) return node
      }
      throw new Error(`No node holds ${key}.`)
    },
    keys: async () => (await Promise.all(masters.map(({ client }) => client.keys('*')))).flat(),
    flush: async () => {
      await Promise.all(masters.map(({ client }) => client.flushall()))
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

const isLinked = (info: string): boolean => info.includes('master_link_status:up')
