import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { getTask as getLegacy, submit as submitLegacy } from './legacy/tasks.ts'
import { getTask as getModern, reach, settle, submit as submitModern } from './modern/tasks.ts'
import { WireModern } from './wire-modern.ts'
import { WireSession } from './wire-session.ts'
import { answers, asks } from './wire-stream.ts'
import { authorization, World } from './world.ts'

const WAIT_MS = 300
const world = new World({ LONGHAUL_TASK_TOOLS: 'listed', LONGHAUL_PLAIN_CALL_WAIT_MS: String(WAIT_MS) })

interface Given {
  readonly text: string
  readonly isError: boolean
  readonly data: {
    readonly taskId: string
    readonly status: string
    readonly questions?: readonly { readonly key: string }[]
    readonly tasks?: readonly { readonly taskId: string }[]
  }
}
/** A client of an SDK that knows no tasks: it has tools, and cannot be asked anything. */
interface PlainClient {
  tools(): Promise<readonly string[]>
  call(name: string, args?: Record<string, unknown>): Promise<Given>
  close(): Promise<void>
}

const KINDS = ['SDK v1, 2025-06-18', 'SDK v2, 2026-07-28 without the extension'] as const
const clients = new Map<string, PlainClient>()
let session: WireSession
let modern: WireModern
beforeAll(async () => {
  await world.start()
  clients.set(KINDS[0], await connectV1())
  clients.set(KINDS[1], await connectV2())
  session = await WireSession.open(world)
  modern = new WireModern(world)
}, 60_000)
afterAll(async () => {
  await Promise.all([...clients.values()].map((client) => client.close()))
  await world.stop()
})

describe.each(KINDS)('a client that knows no tasks: %s', (kind) => {
  const client = () => clients.get(kind) ?? expect.fail('It did not connect.')

  test('is told of the tools by which it finishes what a call began', async () => {
    const names = ['get_task', 'wait_for_task', 'list_tasks', 'answer_task', 'cancel_task']
    expect(await client().tools()).toEqual(expect.arrayContaining(['confirm', ...names]))
  })

  test('is given its task when its call takes long, and waits for the result of that', async () => {
    const handle = await client().call('slow', { ms: 3 * WAIT_MS })
    expect(handle).toMatchObject({ isError: false, data: { status: 'working' } })
    let given = handle
    while (given.data.status === 'working') given = await client().call('wait_for_task', { taskId: handle.data.taskId })
    expect(given.text).toContain(`worked ${3 * WAIT_MS} ms`)
  })

  test('is given the question of its call, has it answered, and gets the result', async () => {
    const handle = await client().call('confirm', { filename: 'a' })
    expect(handle.data).toMatchObject({
      status: 'input_required',
      questions: [{ for: 'person', message: 'Delete a?' }],
    })
    const { taskId, questions: [question] = [] } = handle.data
    const wrong = { taskId, question: question?.key, action: 'accept', content: { confirm: 'yes' } }
    expect((await client().call('answer_task', wrong)).isError).toBe(true)
    await client().call('answer_task', { ...wrong, content: { confirm: true } })
    expect((await client().call('wait_for_task', { taskId })).text).toContain('deleted a')
  })

  test('reads, lists, answers and cancels tasks that clients of both eras submitted [U40 F15]', async () => {
    const ours = [
      (await submitLegacy(session, 'confirm', { filename: 'old' })).taskId,
      (await submitModern(modern, 'confirm', { filename: 'new' })).taskId,
    ]
    for (const taskId of ours) {
      const { inputRequests = {} } = await reach(modern, taskId, 'input_required')
      expect((await client().call('get_task', { taskId })).data).toMatchObject({ taskId, status: 'input_required' })
      const listed = (await client().call('list_tasks')).data.tasks?.map((task) => task.taskId)
      expect(listed).toContain(taskId)
      const question = Object.keys(inputRequests)[0]
      await client().call('answer_task', { taskId, question, action: 'decline' })
      expect(await settle(modern, taskId)).toMatchObject({ status: 'completed' })
      expect(await getLegacy(session, taskId)).toMatchObject({ status: 'completed' })
    }
    const slow = [
      (await submitLegacy(session, 'slow', { ms: 60_000 })).taskId,
      (await submitModern(modern, 'slow', { ms: 60_000 })).taskId,
    ]
    for (const taskId of slow) {
      expect((await client().call('cancel_task', { taskId })).data.status).toBe('cancelled')
      expect(await getModern(modern, taskId)).toMatchObject({ status: 'cancelled' })
      expect(await getLegacy(session, taskId)).toMatchObject({ status: 'cancelled' })
    }
  })

  test('has its own tasks read, answered and cancelled by clients of both eras', async () => {
    const [first, asked, second, third] = [
      await client().call('confirm', { filename: 'a' }),
      await client().call('confirm', { filename: 'c' }),
      await client().call('confirm', { filename: 'b' }),
      await client().call('slow', { ms: 60_000 }),
    ]
    const answer = { action: 'accept', content: { confirm: true } }
    const key = first.data.questions?.[0]?.key ?? ''
    expect(await getModern(modern, first.data.taskId)).toMatchObject({
      status: 'input_required',
      inputRequests: { [key]: { method: 'elicitation/create' } },
    })
    await modern.result('tasks/update', { taskId: first.data.taskId, inputResponses: { [key]: answer } })
    expect((await client().call('wait_for_task', { taskId: first.data.taskId })).text).toContain('deleted a')
    const waiting = await session.stream('tasks/result', { taskId: asked.data.taskId }, { id: kind })
    await session.answer(await waiting.next(asks('elicitation/create')), answer)
    expect((await client().call('wait_for_task', { taskId: asked.data.taskId })).text).toContain('deleted c')
    expect((await waiting.next(answers(kind))).result).toMatchObject({ content: [{ text: 'deleted c' }] })
    expect(await getLegacy(session, second.data.taskId)).toMatchObject({ status: 'input_required' })
    await session.result('tasks/cancel', { taskId: second.data.taskId })
    expect((await client().call('get_task', { taskId: second.data.taskId })).data.status).toBe('cancelled')
    await modern.result('tasks/cancel', { taskId: third.data.taskId })
    expect((await client().call('get_task', { taskId: third.data.taskId })).data.status).toBe('cancelled')
  })

  test('hears as an error that there is no such task, and that of another is none [F15 U38 T41]', async () => {
    const theirs = await submitModern(new WireModern(world, { person: 'bob' }), 'confirm', { filename: 'a' })
    for (const tool of ['get_task', 'wait_for_task', 'cancel_task']) {
      const [foreign, none] = [
        await client().call(tool, { taskId: theirs.taskId }),
        await client().call(tool, { taskId: 'x' }),
      ]
      expect(foreign).toEqual(none)
      expect(foreign).toMatchObject({ isError: true, text: 'Task not found' })
    }
  })
})

test('no message that was sent meanwhile is wrong', () => {
  expect(world.records.legacy.problems).toEqual([])
  expect(world.records.modern.problems).toEqual([])
})

/** A session of 2025-06-18: the SDK's client offers its newest revision, unless the request is changed on its way. */
async function connectV1(): Promise<PlainClient> {
  const base = world.client('legacy')()
  const older: typeof fetch = (input, init) => {
    const body = typeof init?.body === 'string' ? init.body.replace('"2025-11-25"', '"2025-06-18"') : init?.body
    return base(input, { ...init, ...(body !== undefined && { body }) })
  }
  const client = new ClientV1({ name: 'plain', version: '1' }, { capabilities: {} })
  const requestInit = { headers: authorization('alice') }
  await client.connect(new TransportV1(world.url, { fetch: older, requestInit }))
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args = {}) => toGiven(await client.callTool({ name, arguments: args })),
    close: () => client.close(),
  }
}

async function connectV2(): Promise<PlainClient> {
  const client = new ClientV2(
    { name: 'plain', version: '1' },
    { capabilities: {}, versionNegotiation: { mode: 'auto' } },
  )
  const requestInit = { headers: authorization('alice') }
  await client.connect(new TransportV2(world.url, { fetch: world.client('modern')(), requestInit }))
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args = {}) => toGiven(await client.callTool({ name, arguments: args })),
    close: () => client.close(),
  }
}

function toGiven(result: object): Given {
  const {
    content,
    structuredContent,
    isError = false,
  } = result as {
    readonly content: readonly { readonly text?: string }[]
    readonly structuredContent?: Given['data']
    readonly isError?: boolean
  }
  const text = content.map((block) => block.text ?? '').join('\n')
  return { text, isError, data: structuredContent ?? { taskId: '', status: '' } }
}
