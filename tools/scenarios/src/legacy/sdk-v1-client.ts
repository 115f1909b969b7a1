import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  type CallToolResult,
  CallToolResultSchema,
  type CreateMessageRequest,
  CreateMessageRequestSchema,
  type CreateMessageResultWithTools,
  ElicitationCompleteNotificationSchema,
  ElicitRequestSchema,
  type Progress,
  type Task,
  TaskStatusNotificationSchema,
  UrlElicitationRequiredError,
} from '@modelcontextprotocol/sdk/types.js'
import { afterEach, expect, test } from 'vitest'
import { authorization, PAGE_SIZE, type World } from '../world.ts'
import { RELATED_TASK } from './tasks.ts'

/** The SDK's own client, version 1, with its experimental tasks. Each of its requests goes to the next coordinator. */
export function sdkV1Client(world: World): void {
  const open: Client[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.close()))
  })

  const connect = async (elicitation: { readonly url?: object } = {}): Promise<Client> => {
    const capabilities = { sampling: { tools: {} }, elicitation }
    const client = new Client({ name: 'sdk-v1', version: '1.0.0' }, { capabilities })
    const requestInit = { headers: authorization('alice') }
    await client.connect(new StreamableHTTPClientTransport(world.url, { fetch: world.client('legacy')(), requestInit }))
    open.push(client)
    return client
  }

  test('submits a task, polls it, answers its question, and has the result [T9 T16 T20 T26 T27]', async () => {
    const client = await connect()
    const asked: unknown[] = []
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      asked.push(params)
      return { action: 'accept', content: { confirm: true } }
    })
    const call = { name: 'confirm', arguments: { filename: 'a.txt' } }
    const { created, statuses, result } = await follow(client, call, { ttl: 6_000_000 })

    expect(created).toMatchObject({ status: 'working', ttl: 6_000_000 })
    expect(statuses.length).toBeGreaterThan(0)
    expect(asked).toMatchObject([{ message: 'Delete a.txt?', _meta: { [RELATED_TASK]: { taskId: created?.taskId } } }])
    expect(result?.content).toEqual([{ type: 'text', text: 'deleted a.txt' }])
  })

  test.each([{ how: 'inside a task', task: { ttl: 60_000 } }, { how: 'inside a plain call' }])(
    'lends its model, with tools, $how [P1 P2 P5 T27]',
    async ({ task }) => {
      const client = await connect()
      const asked: CreateMessageRequest['params'][] = []
      client.setRequestHandler(CreateMessageRequestSchema, async ({ params }) => {
        asked.push(params)
        return asked.length === 1 ? twoSums : lastWord
      })
      const call = { name: 'calculator', arguments: { prompt: '1+2 and 3+4?' } }
      const result = task ? (await follow(client, call, task)).result : await client.callTool(call)

      expect(result?.content).toEqual([{ type: 'text', text: '3 and 7' }])
      expect(asked[0]?.tools?.map(({ name }) => name)).toEqual(['add', 'divide'])
      expect(asked[1]?.messages.at(-1)?.content).toMatchObject([
        { type: 'tool_result', toolUseId: 'c0', structuredContent: { sum: 3 } },
        { type: 'tool_result', toolUseId: 'c1', structuredContent: { sum: 7 } },
      ])
    },
  )

  test('answers the question of a plain call, and hears of its progress [R9 F20]', async () => {
    const client = await connect()
    client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: {} }))
    const heard: Progress[] = []
    const call = { name: 'progress', arguments: { to: 3, ask: true, everyMs: 20 } }
    const result = await client.callTool(call, undefined, { onprogress: (progress) => heard.push(progress) })
    expect(result.content).toEqual([{ type: 'text', text: 'counted to 3' }])
    expect(heard).toContainEqual({ progress: 1, total: 3, message: 'counted 1' })
  })

  test('hears of the progress of a task, after it has the handle [T40]', async () => {
    const client = await connect()
    client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: {} }))
    const heard: number[] = []
    const call = { name: 'progress', arguments: { to: 3, ask: true, everyMs: 20 } }
    const { result } = await follow(client, call, {}, ({ progress }) => heard.push(progress))
    expect(result?.content).toEqual([{ type: 'text', text: 'counted to 3' }])
    expect(heard).toContain(1)
  })

  test('hears of each change of status on its session stream [T39]', async () => {
    const client = await connect()
    client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'decline' }))
    const end = Promise.withResolvers<Task>()
    const statuses: string[] = []
    client.setNotificationHandler(TaskStatusNotificationSchema, ({ params }) => {
      statuses.push(params.status)
      if (params.status === 'completed') end.resolve(params)
    })
    const { created } = await follow(client, { name: 'confirm', arguments: { filename: 'a' } }, {})
    expect((await end.promise).taskId).toBe(created?.taskId)
    expect(statuses.length).toBeGreaterThan(1)
  })

  test('is told which page a call needs first, and when that is done, and calls again [P26]', async () => {
    const client = await connect({ url: {} })
    const done: string[] = []
    client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
      done.push(params.elicitationId)
    })
    const refused = await client.callTool({ name: 'connect', arguments: {} }).catch((error: unknown) => error)
    if (!(refused instanceof UrlElicitationRequiredError)) return expect.fail(`It was ${refused}.`)
    expect(refused.elicitations).toMatchObject([{ mode: 'url', url: 'https://files.example/connect' }])
    const [{ elicitationId = '' } = {}] = refused.elicitations
    await client.callTool({ name: 'page_done', arguments: { elicitationId } })
    expect(done).toEqual([elicitationId])
    const again = await client.callTool({ name: 'connect', arguments: { isConnected: true } })
    expect(again.content).toEqual([{ type: 'text', text: 'connected' }])
  })

  test('lists tasks page by page [T38]', async () => {
    const client = await connect()
    for (let count = 0; count <= PAGE_SIZE; count++)
      await follow(client, { name: 'divide', arguments: { a: 1, b: 1 } }, {})
    const first = await client.experimental.tasks.listTasks()
    const second = await client.experimental.tasks.listTasks(first.nextCursor)
    expect(first.tasks).toHaveLength(PAGE_SIZE)
    const ids = [...first.tasks, ...second.tasks].map(({ taskId }) => taskId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('cancels a task [T35]', async () => {
    const client = await connect()
    const stream = client.experimental.tasks.callToolStream(
      { name: 'slow', arguments: { ms: 60_000 } },
      CallToolResultSchema,
      { task: {} },
    )
    for await (const message of stream) {
      if (message.type === 'taskCreated') {
        const cancelled = await client.experimental.tasks.cancelTask(message.task.taskId)
        expect(cancelled.status).toBe('cancelled')
        await expect(client.experimental.tasks.getTaskResult(message.task.taskId)).rejects.toThrow('Task cancelled')
      } else if (message.type === 'error') {
        expect(message.error.message).toContain('was cancelled')
      }
    }
  })

  test('calls off a plain call, which cancels what it had set going [F21]', async () => {
    const client = await connect()
    const abort = new AbortController()
    const newest = async () => (await client.experimental.tasks.listTasks()).tasks[0]
    const before = (await newest())?.taskId
    const call = client.callTool({ name: 'slow', arguments: { ms: 60_000 } }, undefined, { signal: abort.signal })
    await expect.poll(async () => (await newest())?.taskId).not.toBe(before)
    abort.abort(new Error('enough'))
    await expect(call).rejects.toThrow('enough')
    await expect.poll(async () => await newest()).toMatchObject({ status: 'cancelled' })
  })

  test('has the errors of calls as they are [T21 T24 T25]', async () => {
    const client = await connect()
    await expect(client.callTool({ name: 'protocol_error', arguments: {} })).rejects.toMatchObject({
      code: 4001,
      data: { printer: 'lp0' },
    })
    expect(await client.callTool({ name: 'fails', arguments: {} })).toMatchObject({ isError: true })
    await expect(client.experimental.tasks.getTask('nothing')).rejects.toMatchObject({ code: -32602 })
  })
}

const twoSums: CreateMessageResultWithTools = {
  model: 'm',
  role: 'assistant',
  stopReason: 'toolUse',
  content: [
    { type: 'tool_use', id: 'c0', name: 'add', input: { a: 1, b: 2 } },
    { type: 'tool_use', id: 'c1', name: 'add', input: { a: 3, b: 4 } },
  ],
}
const lastWord: CreateMessageResultWithTools = {
  model: 'm',
  role: 'assistant',
  stopReason: 'endTurn',
  content: { type: 'text', text: '3 and 7' },
}

export interface Followed {
  readonly created: Task | undefined
  readonly statuses: readonly string[]
  readonly result: CallToolResult | undefined
}

/** A call as a task, to its end. */
export async function follow(
  client: Client,
  call: { name: string; arguments: Record<string, unknown> },
  task: { ttl?: number },
  onprogress?: (progress: Progress) => void,
): Promise<Followed> {
  const statuses: string[] = []
  let created: Task | undefined
  let result: CallToolResult | undefined
  const options = { task, ...(onprogress && { onprogress }) }
  for await (const message of client.experimental.tasks.callToolStream(call, CallToolResultSchema, options)) {
    if (message.type === 'taskCreated') created = message.task
    else if (message.type === 'taskStatus') statuses.push(message.task.status)
    else if (message.type === 'result') result = message.result
    else throw message.error
  }
  return { created, statuses, result }
}
