import { Client as ClientV2, type Tool } from '@modelcontextprotocol/client'
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import {
  type CallToolResult,
  CallToolResultSchema,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { afterEach, expect, test } from 'vitest'
import { WireModern } from '../wire-modern.ts'
import { stdioCommand } from '../wire-stdio.ts'
import type { World } from '../world.ts'

const INFO = { name: 'sdk', version: '1.0.0' }
const capabilities = { sampling: { tools: {} }, elicitation: {} }
/** A turn of a model that uses two tools, and its last. */
const TURNS = [
  {
    model: 'm',
    role: 'assistant' as const,
    stopReason: 'toolUse',
    content: [
      { type: 'tool_use' as const, id: 'c0', name: 'add', input: { a: 1, b: 2 } },
      { type: 'tool_use' as const, id: 'c1', name: 'add', input: { a: 3, b: 4 } },
    ],
  },
  {
    model: 'm',
    role: 'assistant' as const,
    stopReason: 'endTurn',
    content: { type: 'text' as const, text: '3 and 7' },
  },
]
const lastTurn = TURNS[1] as (typeof TURNS)[0]

/** The clients of the SDK start the process themselves, as desktop clients do. */
export function sdkClients(world: World): void {
  const open: { close(): Promise<void> }[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.close()))
  })

  const connectV1 = async (): Promise<ClientV1> => {
    const client = new ClientV1(INFO, { capabilities })
    open.push(client)
    await client.connect(new StdioV1({ ...stdioCommand(world.url), stderr: 'ignore' }))
    return client
  }
  const connectV2 = async (options: ConstructorParameters<typeof ClientV2>[1] = {}): Promise<ClientV2> => {
    const client = new ClientV2(INFO, { capabilities, versionNegotiation: { mode: 'auto' }, ...options })
    open.push(client)
    await client.connect(new StdioV2({ ...stdioCommand(world.url), stderr: 'ignore' }))
    return client
  }

  test('version 1: fills in the form of a task, lends its model to one, and has their results [T9 T20 P2]', async () => {
    const client = await connectV1()
    client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: { confirm: true } }))
    let turn = 0
    client.setRequestHandler(CreateMessageRequestSchema, async () => TURNS[turn++] ?? lastTurn)
    const results: CallToolResult[] = []
    for (const call of [
      { name: 'confirm', arguments: { filename: 'a.txt' } },
      { name: 'calculator', arguments: { prompt: '1+2 and 3+4?' } },
    ]) {
      for await (const message of client.experimental.tasks.callToolStream(call, CallToolResultSchema, { task: {} })) {
        if (message.type === 'result') results.push(message.result)
        else if (message.type === 'error') throw message.error
      }
    }
    expect(results.map(({ content }) => content)).toMatchObject([[{ text: 'deleted a.txt' }], [{ text: '3 and 7' }]])
  })

  test('version 1: hears of the progress of a call, and calls it off [F20 F21]', async () => {
    const client = await connectV1()
    const abort = new AbortController()
    const call = { name: 'progress', arguments: { to: 60, everyMs: 500 } }
    const onprogress = () => abort.abort(new Error('enough'))
    await expect(client.callTool(call, undefined, { onprogress, signal: abort.signal })).rejects.toThrow('enough')
    await expect
      .poll(async () => (await client.experimental.tasks.listTasks()).tasks[0])
      .toMatchObject({ status: 'cancelled' })
  })

  test('version 2: finds the newer era by itself, and answers between the rounds of a call [F1 R6 P13]', async () => {
    const client = await connectV2()
    expect(client.getProtocolEra()).toBe('modern')
    client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: { confirm: true } }))
    let turn = 0
    client.setRequestHandler('sampling/createMessage', async () => TURNS[turn++] ?? lastTurn)
    const confirmed = await client.callTool({ name: 'confirm', arguments: { filename: 'a.txt' } })
    expect(confirmed.content).toMatchObject([{ text: 'deleted a.txt' }])
    const worked = await client.callTool({ name: 'calculator', arguments: { prompt: '1+2 and 3+4?' } })
    expect(worked.content).toMatchObject([{ text: '3 and 7' }])
  })

  test('version 2: cancels a call that waits, and ends a subscription and opens another [R5 R28]', async () => {
    const client = await connectV2()
    const abort = new AbortController()
    const call = { name: 'progress', arguments: { to: 60, everyMs: 500 } }
    const onprogress = () => abort.abort(new Error('enough'))
    await expect(client.callTool(call, { onprogress, signal: abort.signal })).rejects.toThrow('enough')
    for (let time = 0; time < 2; time++) {
      const subscription = await client.listen({ toolsListChanged: true })
      expect(subscription.honoredFilter).toEqual({ toolsListChanged: true })
      await subscription.close()
      expect(await subscription.closed).toBe('local')
    }
    expect(await new WireModern(world).result<{ tools: Tool[] }>('tools/list')).toHaveProperty('tools')
  })
}
