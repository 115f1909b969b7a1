import { setTimeout as delay } from 'node:timers/promises'
import { type Load, ratePerSecond } from '../load.ts'
import { McpClient } from './mcp-client.ts'
import { ModernClient } from './modern-client.ts'

// Program: sends requests to a server, as it is told by messages, and tells how many it came through with per second.
// A process of its own, so that what it costs is the same for every server.

export interface Order extends Load {
  readonly kind: 'order'
  readonly id: number
  readonly scenario: keyof typeof SCENARIOS
  readonly address: string
  readonly key?: string
}

export interface Report {
  readonly kind: 'report'
  readonly id: number
  readonly perSecond: number
}

/** What each of the connections does again and again; what comes before is not counted. */
const SCENARIOS = { legacyCycle, tasksGet, statelessGet, statelessCall } as const
type Lane = { once(): Promise<void>; close(): void }

const ARGUMENTS = { topic: 'tea' }
const LOOK_EVERY_MS = 20

/** tools/call as a task, then tasks/result until it is there. */
async function legacyCycle({ address, key }: Order): Promise<Lane> {
  const client = await McpClient.open(address, key)
  const call = client.prepare('tools/call', { name: 'one_step', arguments: ARGUMENTS, task: { ttl: 600_000 } })
  return {
    once: async () => {
      const { task } = (await client.send(call)) as { task: { taskId: string } }
      const result = await client.request('tasks/result', { taskId: task.taskId })
      if (!JSON.stringify(result).includes('done: tea')) throw new Error(`The task gave ${JSON.stringify(result)}.`)
    },
    close: () => client.close(),
  }
}

/** tasks/get of one task that is over. */
async function tasksGet({ address, key }: Order): Promise<Lane> {
  const client = await McpClient.open(address, key)
  const params = { name: 'one_step', arguments: ARGUMENTS, task: { ttl: 600_000 } }
  const { task } = (await client.request('tools/call', params)) as { task: { taskId: string } }
  await client.request('tasks/result', { taskId: task.taskId })
  const get = client.prepare('tasks/get', { taskId: task.taskId })
  return {
    once: async () => {
      const { status } = (await client.send(get)) as { status: string }
      if (status !== 'completed') throw new Error(`The task is ${status}.`)
    },
    close: () => client.close(),
  }
}

/** tasks/get of one task that is over, of the revision without sessions. */
async function statelessGet({ address, key }: Order): Promise<Lane> {
  const client = await ModernClient.open(address, { takesTasks: true, ...(key && { key }) })
  const call = client.prepare('tools/call', 'one_step', { name: 'one_step', arguments: ARGUMENTS })
  const { taskId } = (await client.send(call)) as { taskId: string }
  const get = client.prepare('tasks/get', taskId, { taskId })
  const status = async () => ((await client.send(get)) as { status: string }).status
  while ((await status()) === 'working') await delay(LOOK_EVERY_MS)
  return {
    once: async () => {
      const now = await status()
      if (now !== 'completed') throw new Error(`The task is ${now}.`)
    },
    close: () => client.close(),
  }
}

/** tools/call of a tool that does nothing, of the revision without sessions. */
async function statelessCall({ address }: Order): Promise<Lane> {
  const client = await ModernClient.open(address, { takesTasks: false })
  const call = client.prepare('tools/call', 'nothing', { name: 'nothing', arguments: ARGUMENTS })
  return {
    once: async () => void (await client.send(call)),
    close: () => client.close(),
  }
}

process.on('message', async (order: Order) => {
  const lanes = await Promise.all(Array.from({ length: order.inFlight }, () => SCENARIOS[order.scenario](order)))
  const free = [...lanes]
  const perSecond = await ratePerSecond(order, async () => {
    const lane = free.pop() as Lane
    await lane.once()
    free.push(lane)
  })
  for (const lane of lanes) lane.close()
  process.send?.({ kind: 'report', id: order.id, perSecond } satisfies Report)
})
// Waiting for orders is all that keeps it alive.
process.channel?.ref()
