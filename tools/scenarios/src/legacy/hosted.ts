import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { CallToolResultSchema, type Result } from '@modelcontextprotocol/sdk/types.js'
import { afterEach, expect, test } from 'vitest'
import { connectHostingClient, type HostingOptions, type Kept } from '../hosting-client.ts'
import { reach, update } from '../modern/tasks.ts'
import { WireModern } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import { answers, asks } from '../wire-stream.ts'
import { authorization, type World } from '../world.ts'
import { follow } from './sdk-v1-client.ts'
import { submit } from './tasks.ts'

const RELATED_TASK = 'io.modelcontextprotocol/related-task'
const YES: Result = { action: 'accept', content: { confirm: true } }
const CONFIRM = { name: 'confirm', arguments: { filename: 'a.txt' } }
const DELETED = [{ type: 'text', text: 'deleted a.txt' }]
const NEVER_MS = 3_600_000

/** Tasks in which a client keeps a question of ours until somebody has answered it. */
export function hosted(world: World): void {
  const open: Client[] = []
  afterEach(async () => {
    for (const client of open.splice(0)) await client.close()
  })

  /** A client, and the questions that it keeps, in order. */
  async function connect(options: Partial<HostingOptions> = {}) {
    const kept: Kept[] = []
    const news = { resolve: () => {} }
    const onKept = (one: Kept) => {
      kept.push(one)
      news.resolve()
      options.onKept?.(one)
    }
    const client = await connectHostingClient({
      url: world.url,
      fetch: world.client('legacy')(),
      headers: authorization('alice'),
      ...options,
      onKept,
    })
    open.push(client)
    const nth = async (number: number): Promise<Kept> => {
      for (;;) {
        const one = kept[number - 1]
        if (one) return one
        await new Promise<void>((resolve) => {
          news.resolve = resolve
        })
      }
    }
    return { client, kept, nth }
  }
  const begin = async (client: Client, call = CONFIRM): Promise<string> => {
    const stream = client.experimental.tasks.callToolStream(call, undefined, { task: {} })
    for await (const message of stream) if (message.type === 'taskCreated') return message.task.taskId
    throw new Error('It gave no task.')
  }

  test('a form that the client keeps is answered by the result of its task [T45 T46 T47]', async () => {
    const asked: string[] = []
    const record = world.client('legacy')()
    const { client, kept } = await connect({
      onKept: (one) => void one.end('completed', YES),
      fetch: (input, init) => {
        const [, kind] = /"id":"(get|completed|cancel):/.exec(String(init?.body)) ?? []
        if (kind) asked.push(kind)
        return record(input, init)
      },
    })
    const { created, result } = await follow(client, CONFIRM, { ttl: 60_000 })
    expect(asked).toContain('get')
    expect(asked.filter((kind) => kind !== 'get')).toEqual(['completed'])
    expect(result?.content).toEqual(DELETED)
    expect(kept).toHaveLength(1)
    const [one] = kept
    expect(one?.params.task?.ttl).toBeGreaterThan(60_000)
    expect(one?.params._meta).toEqual({ [RELATED_TASK]: { taskId: created?.taskId } })
    expect(one?.task.taskId).not.toBe(created?.taskId)
  })

  test('each turn of an agent whose model is the client’s is one of its tasks, inside a plain call, too [T46]', async () => {
    const turns = [
      { content: { type: 'tool_use', id: 'c0', name: 'add', input: { a: 1, b: 2 } }, stopReason: 'toolUse' },
      { content: { type: 'text', text: '3' }, stopReason: 'endTurn' },
    ]
    const { client, kept } = await connect({
      onKept: (one) => void one.end('completed', { model: 'm', role: 'assistant', ...turns[kept.length - 1] }),
    })
    const result = await client.callTool({ name: 'calculator', arguments: { prompt: '1+2?' } })
    expect(result.content).toEqual([{ type: 'text', text: '3' }])
    expect(kept).toHaveLength(2)
  })

  test('a client is not offered to keep what it did not declare [T45]', async () => {
    const asked: unknown[] = []
    const onAsked = ({ task }: { task?: unknown }) => {
      asked.push(task)
      return YES
    }
    const { client, kept } = await connect({ requests: { sampling: { createMessage: {} } }, onAsked })
    expect((await client.callTool(CONFIRM)).content).toEqual(DELETED)
    expect(asked).toEqual([undefined])
    expect(kept).toEqual([])
  })

  test('a client may answer at once all the same [T46]', async () => {
    const tasks = { requests: { elicitation: { create: {} } } }
    const session = await WireSession.open(world, { capabilities: { elicitation: {}, tasks } })
    const { taskId } = await submit(session, 'confirm', { filename: 'a.txt' })
    const stream = await session.stream('tasks/result', { taskId }, { id: 'wait' })
    const question = await stream.next(asks('elicitation/create'))
    expect(question.params?.task).toEqual({ ttl: expect.any(Number) })
    await session.answer(question, YES)
    expect((await stream.next(answers('wait'))).result).toMatchObject({ content: DELETED })
  })

  test('a client that cannot do what it declared is asked plainly in the end [T46]', async () => {
    const { client, kept } = await connect({ ignoresTasks: true, onAsked: () => YES })
    expect((await client.callTool(CONFIRM)).content).toEqual(DELETED)
    expect(kept).toEqual([])
  })

  test('a client that takes the task of a question for its own is asked again without it, and once only [T47]', async () => {
    const { client, kept } = await connect({ hasQueue: true, onKept: (one) => void one.end('completed', YES) })
    for (const count of [1, 2]) {
      const { result } = await follow(client, CONFIRM, {})
      expect(result?.content).toEqual(DELETED)
      expect(kept).toHaveLength(count)
    }
    expect(kept.map(({ params }) => params._meta?.[RELATED_TASK])).toEqual([undefined, undefined])
  })

  test('a task of the client is called off when ours is cancelled [T46]', async () => {
    const { client, nth } = await connect()
    const taskId = await begin(client)
    const { status } = await nth(1)
    await client.experimental.tasks.cancelTask(taskId)
    await expect.poll(status).toBe('cancelled')
  })

  test('a task of the client is called off when somebody else has answered [T46]', async () => {
    const { client, nth } = await connect()
    const taskId = await begin(client)
    const { status } = await nth(1)
    const modern = new WireModern(world)
    const [key = ''] = Object.keys((await reach(modern, taskId, 'input_required')).inputRequests ?? {})
    await update(modern, taskId, { [key]: YES })
    await expect.poll(status).toBe('cancelled')
    expect((await client.experimental.tasks.getTaskResult(taskId, CallToolResultSchema)).content).toEqual(DELETED)
  })

  test('a question is asked again when the client has lost its task, and plainly when it loses that, too [T46]', async () => {
    const { client, kept } = await connect({ onKept: (one) => one.forget(), onAsked: () => YES })
    const { result } = await follow(client, CONFIRM, {})
    expect(result?.content).toEqual(DELETED)
    expect(kept).toHaveLength(2)
  })

  test.each([
    ['cancelled', 'The person closed it.', (one: Kept) => one.cancel()],
    ['failed', 'The task of the client failed.', (one: Kept) => one.end('failed', YES)],
  ])('a task of the client that was %s is a refusal [T46]', async (_status, why, end) => {
    const { client } = await connect({ onKept: (one) => void end(one) })
    const result = await client.callTool(CONFIRM)
    expect(JSON.stringify(result)).toContain(why)
  })

  test('what the client says of its task by itself spares asking, and nothing rests on it [T47]', async () => {
    const told = Promise.withResolvers<void>()
    const record = world.client('legacy')()
    const { client, nth } = await connect({
      pollInterval: NEVER_MS,
      fetch: async (input, init) => {
        const response = await record(input, init)
        if (String(init?.body).includes('"id":"get:')) told.resolve()
        return response
      },
    })
    const following = follow(client, CONFIRM, {})
    const one = await nth(1)
    await told.promise
    await one.end('completed', YES)
    expect((await following).result?.content).toEqual(DELETED)
  })

  test('a result that does not fit is asked again, in another task [T46]', async () => {
    const answers: Result[] = [{ action: 'accept', content: { confirm: 'perhaps' } }, YES]
    const { client, kept } = await connect({
      onKept: (one) => void one.end('completed', answers[kept.length - 1] ?? YES),
    })
    const { result } = await follow(client, CONFIRM, {})
    expect(result?.content).toEqual(DELETED)
    expect(kept).toHaveLength(2)
  })
}
