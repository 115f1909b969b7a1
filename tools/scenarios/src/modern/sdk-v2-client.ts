import { fileURLToPath } from 'node:url'
import {
  Client,
  type ClientCapabilities,
  type ClientOptions,
  type CreateMessageRequest,
  type LoggingMessageNotification,
  type Progress,
  ProtocolError,
  StreamableHTTPClientTransport,
  type Tool,
} from '@modelcontextprotocol/client'
import { afterEach, expect, test } from 'vitest'
import { VERSION } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import { authorization, type Person, type World } from '../world.ts'

const LATE_PROJECT = fileURLToPath(new URL('../../fixtures/late-project', import.meta.url))
const CAPABILITIES: ClientCapabilities = { sampling: { tools: {} }, elicitation: {} }

/** The SDK's own client, version 2, as it comes: it knows rounds, and no tasks. Each request goes to the next coordinator. */
export function sdkV2Client(world: World): void {
  const open: Client[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.close()))
  })

  const connect = async (options: ClientOptions = {}, person: Person = 'alice'): Promise<Client> => {
    const client = new Client(
      { name: 'sdk-v2', version: '1.0.0' },
      { capabilities: CAPABILITIES, versionNegotiation: { mode: 'auto' }, ...options },
    )
    const requestInit = { headers: authorization(person) }
    await client.connect(new StreamableHTTPClientTransport(world.url, { fetch: world.client('modern')(), requestInit }))
    open.push(client)
    return client
  }

  test('finds this revision by itself, and what is served in it [D1 F1 U1]', async () => {
    const client = await connect()
    expect(client.getProtocolEra()).toBe('modern')
    expect(client.getNegotiatedProtocolVersion()).toBe(VERSION)
    expect(client.getServerVersion()).toMatchObject({ name: 'longhaul' })
    expect(client.getServerCapabilities()).toMatchObject({ tools: { listChanged: true }, logging: {} })
    expect(client.getServerCapabilities()).not.toHaveProperty('tasks')
  })

  test('lists tools once as long as it may keep them, and calls them [F3 F11]', async () => {
    const client = await connect()
    const { tools } = await client.listTools()
    expect(await client.listTools()).toEqual({ tools, ttlMs: 30_000, cacheScope: 'private', _meta: expect.anything() })
    const result = await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } })
    expect(result).toMatchObject({ content: [{ type: 'text', text: '{"sum":3}' }], structuredContent: { sum: 3 } })
  })

  test('repeats arguments in headers by itself, where the tool wants that [R24]', async () => {
    const client = await connect()
    await client.listTools()
    const args = { region: 'größe', shard: 7, isDry: false, deep: { zone: ' a ' } }
    const { content } = await client.callTool({ name: 'route', arguments: args })
    expect(content).toEqual([{ type: 'text', text: JSON.stringify(args) }])
  })

  test('fills in a form between two rounds of a call [P13 P17 P27]', async () => {
    const client = await connect()
    const asked: string[] = []
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      asked.push(params.message)
      return { action: 'accept', content: { confirm: true } }
    })
    const { content } = await client.callTool({ name: 'confirm', arguments: { filename: 'a.txt' } })
    expect(content).toEqual([{ type: 'text', text: 'deleted a.txt' }])
    expect(asked).toEqual(['Delete a.txt?'])
  })

  test('lends its model, with tools, in rounds of a call [P1 P2 P5 P13]', async () => {
    const client = await connect()
    const asked: CreateMessageRequest['params'][] = []
    client.setRequestHandler('sampling/createMessage', async ({ params }) => {
      asked.push(params)
      if (asked.length > 1)
        return { model: 'm', role: 'assistant', stopReason: 'endTurn', content: { type: 'text', text: '3 and 7' } }
      return {
        model: 'm',
        role: 'assistant',
        stopReason: 'toolUse',
        content: [
          { type: 'tool_use', id: 'c0', name: 'add', input: { a: 1, b: 2 } },
          { type: 'tool_use', id: 'c1', name: 'add', input: { a: 3, b: 4 } },
        ],
      }
    })
    const { content } = await client.callTool({ name: 'calculator', arguments: { prompt: '1+2 and 3+4?' } })
    expect(content).toEqual([{ type: 'text', text: '3 and 7' }])
    expect(asked[0]?.tools?.map(({ name }) => name)).toEqual(['add', 'divide'])
    expect(asked[1]?.messages.at(-1)?.content).toMatchObject([
      { type: 'tool_result', toolUseId: 'c0', structuredContent: { sum: 3 } },
      { type: 'tool_result', toolUseId: 'c1', structuredContent: { sum: 7 } },
    ])
  })

  test('hears of the progress of a call [F20]', async () => {
    const client = await connect()
    const heard: Progress[] = []
    const call = { name: 'progress', arguments: { to: 3, everyMs: 20 } }
    const { content } = await client.callTool(call, { onprogress: (progress) => heard.push(progress) })
    expect(content).toEqual([{ type: 'text', text: 'counted to 3' }])
    expect(heard.map(({ progress }) => progress)).toEqual(heard.map(({ progress }) => progress).toSorted())
    expect(heard).toContainEqual({ progress: 3, total: 3, message: 'counted 3' })
  })

  test('hears what a call logs, from the level on that it names for that call [F5]', async () => {
    const client = await connect()
    client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: {} }))
    const said: LoggingMessageNotification['params'][] = []
    client.setNotificationHandler('notifications/message', ({ params }) => void said.push(params))
    await client.callTool({ name: 'log', arguments: {}, _meta: { 'io.modelcontextprotocol/logLevel': 'alert' } })
    expect(said).toMatchObject([{ level: 'alert', data: { said: 'alert' } }, { level: 'emergency' }])
    await client.callTool({ name: 'log', arguments: {} })
    expect(said).toHaveLength(2)
  })

  test('cancels its call, and the work, by letting go of it [R27]', async () => {
    const client = await connect({}, 'bob')
    const bob = await WireSession.open(world, { person: 'bob' })
    const newest = async () => (await bob.result<{ tasks: { status: string }[] }>('tasks/list')).tasks[0]?.status
    const before = await bob.result('tasks/list')
    const abort = new AbortController()
    const call = client.callTool({ name: 'slow', arguments: { ms: 60_000 } }, { signal: abort.signal })
    await expect.poll(() => bob.result('tasks/list')).not.toEqual(before)
    abort.abort()
    await expect(call).rejects.toThrow()
    await expect.poll(newest, { timeout: 10_000 }).toBe('cancelled')
  })

  test('has the errors of calls as they are [F12 P15]', async () => {
    const client = await connect({ capabilities: {} })
    const failures = [
      { call: { name: 'protocol_error', arguments: {} }, code: 4001 },
      { call: { name: 'no_such_tool', arguments: {} }, code: -32602 },
      { call: { name: 'calculator', arguments: { prompt: 'hi' } }, code: -32021 },
      { call: { name: 'only_as_task', arguments: {} }, code: -32021 },
    ]
    for (const { call, code } of failures) {
      const error = await client.callTool(call).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(ProtocolError)
      expect((error as ProtocolError).code).toBe(code)
    }
  })

  test('hears that the tools have changed, and has the new ones [F14 R28]', async () => {
    const changed = Promise.withResolvers<Tool[]>()
    const onChanged = (error: Error | null, tools: Tool[] | null) => {
      if (error) changed.reject(error)
      else if (tools?.some(({ name }) => name === 'latest')) changed.resolve(tools)
    }
    const client = await connect({ listChanged: { tools: { onChanged } } })
    expect(client.autoOpenedSubscription?.honoredFilter).toEqual({ toolsListChanged: true })
    const worker = await world.stack.addWorker({ LATE_TOOL: 'latest' }, LATE_PROJECT)
    expect((await changed.promise).map(({ name }) => name)).toContain('add')
    await worker.process.kill('SIGTERM')
  })

  test('ends a subscription, and opens another [R28]', async () => {
    const client = await connect()
    for (let time = 0; time < 2; time++) {
      const subscription = await client.listen({ toolsListChanged: true })
      expect(subscription.honoredFilter).toEqual({ toolsListChanged: true })
      await subscription.close()
      expect(await subscription.closed).toBe('local')
    }
  })
}
