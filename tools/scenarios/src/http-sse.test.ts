import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import {
  CreateMessageRequestSchema,
  type CreateMessageResultWithTools,
  ElicitRequestSchema,
  ProgressNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { getTask } from './legacy/tasks.ts'
import { WireSession } from './wire-session.ts'
import { authorization, type Person, World } from './world.ts'

const WAIT_MS = 1000
const world = new World({
  LONGHAUL_HTTP_SSE: 'on',
  LONGHAUL_TASK_TOOLS: 'listed',
  LONGHAUL_PLAIN_CALL_WAIT_MS: String(WAIT_MS),
})
const open: Client[] = []
beforeAll(() => world.start(), 60_000)
afterAll(() => world.stop())
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()))
})

/** The SDK's client, version 1, over the transport of 2024-11-05, at one coordinator. */
async function connect({ person = 'alice', at = 0 }: { person?: Person; at?: number } = {}): Promise<Client> {
  const client = new Client(
    { name: 'sse', version: '1.0.0' },
    { capabilities: { sampling: { tools: {} }, elicitation: {} } },
  )
  const requestInit = { headers: authorization(person) }
  await client.connect(new SSEClientTransport(new URL('/sse', world.stack.url(at)), { requestInit }))
  open.push(client)
  return client
}

interface Told {
  readonly taskId: string
  readonly status: string
}
const call = async (client: Client, name: string, args: Record<string, unknown> = {}) => {
  const { content, structuredContent } = await client.callTool({ name, arguments: args })
  return { text: JSON.stringify(content), told: structuredContent as unknown as Told }
}

test('is served at any coordinator, each client at its own [R21 R20]', async () => {
  const clients = [await connect({ at: 0 }), await connect({ at: 1 })]
  for (const client of clients) {
    expect(await client.ping()).toEqual({})
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('wait_for_task')
    expect((await call(client, 'add', { a: 1, b: 2 })).text).toContain('{\\"sum\\":3}')
  }
})

test('a call is given its task when it takes long, and the tools about tasks finish the job [R21]', async () => {
  const client = await connect()
  const { told } = await call(client, 'slow', { ms: 3 * WAIT_MS })
  expect(told.status).toBe('working')
  let now = await call(client, 'get_task', { taskId: told.taskId })
  while (now.told.status === 'working') now = await call(client, 'wait_for_task', { taskId: told.taskId })
  expect(now.text).toContain(`worked ${3 * WAIT_MS} ms`)
  const endless = await call(client, 'slow', { ms: 600_000 })
  expect((await call(client, 'cancel_task', { taskId: endless.told.taskId })).told.status).toBe('cancelled')
})

test('a call asks its client, and tells it how far it is [R21 R9 F20]', async () => {
  const client = await connect()
  client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: { confirm: true } }))
  expect((await call(client, 'confirm', { filename: 'a.txt' })).text).toContain('deleted a.txt')

  const heard: number[] = []
  client.setNotificationHandler(ProgressNotificationSchema, ({ params }) => void heard.push(params.progress))
  const counting = { name: 'progress', arguments: { to: 3, ask: false, everyMs: 20 }, _meta: { progressToken: 'p' } }
  expect(JSON.stringify(await client.callTool(counting))).toContain('counted to 3')
  expect(heard).toContain(1)
})

test('a call has the model of its client, with tools [R21 P1 P5]', async () => {
  const client = await connect()
  const asked: unknown[] = []
  client.setRequestHandler(CreateMessageRequestSchema, async ({ params }): Promise<CreateMessageResultWithTools> => {
    asked.push(params)
    const answer = { model: 'm', role: 'assistant' } as const
    if (asked.length > 1) return { ...answer, stopReason: 'endTurn', content: { type: 'text', text: 'It is 3.' } }
    const use = { type: 'tool_use', id: 'c0', name: 'add', input: { a: 1, b: 2 } } as const
    return { ...answer, stopReason: 'toolUse', content: [use] }
  })
  expect((await call(client, 'calculator', { prompt: '1+2?' })).text).toContain('It is 3.')
  expect(asked).toHaveLength(2)
})

test('what a client leaves goes on, and is found again over another stream, and by others of the same person [R21 R10]', async () => {
  const first = await connect()
  // A person who takes longer than the call may.
  first.setRequestHandler(ElicitRequestSchema, () => new Promise(() => {}))
  const { told } = await call(first, 'confirm', { filename: 'b' })
  expect(told.status).toBe('input_required')
  await first.close()
  const session = await WireSession.open(world)
  expect(await getTask(session, told.taskId)).toMatchObject({ status: 'input_required' })
  const second = await connect({ at: 1 })
  const answer = { taskId: told.taskId, question: 'elicit#1', action: 'accept', content: { confirm: true } }
  expect((await call(second, 'answer_task', answer)).text).not.toContain('not')
  expect((await call(second, 'wait_for_task', { taskId: told.taskId })).text).toContain('deleted b')
  const bob = await connect({ person: 'bob' })
  expect((await call(bob, 'get_task', { taskId: told.taskId })).text).toContain('Task not found')
})

test('a client without a key is not let in [R21 R2]', async () => {
  const transport = new SSEClientTransport(new URL('/sse', world.stack.url(0)))
  await expect(new Client({ name: 'sse', version: '1.0.0' }).connect(transport)).rejects.toThrow('401')
})
