import { findKeyLeaks } from '@longhaul/testbed'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import {
  CallToolResultSchema,
  CreateTaskResultSchema,
  TaskStatusNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type World } from '../crash-project/driver/world.ts'
import { connectHostingClient, type Kept } from './hosting-client.ts'

/** The stream on which the client is asked. */
const STREAMS = ['tasks/result', 'the session'] as const
type Stream = (typeof STREAMS)[number]

interface Run {
  readonly client: Client
  readonly taskId: string
  /** What the client keeps; a question that comes twice is there twice. */
  readonly kept: readonly Kept[]
  /** Lets streams be opened again. */
  readonly comeBack: () => void
  /** Resolves when the task is over, as its client hears over the stream on which it was asked. */
  readonly over: Promise<unknown>
}

const ANN = { action: 'accept', content: { name: 'Ann' } }

let world: World
const runs = new Map<string, Run>()
let isKilled = false

/** Every client keeps a question that coordinator 0 asked, when that is killed. Coordinator 1 is there to go on. */
beforeAll(async () => {
  world = await startWorld({ coordinators: 2, workers: 1, env: { LONGHAUL_DELIVERY_LEASE_MS: '1000' } })
  await Promise.all(
    STREAMS.flatMap((stream) => [begin(`answered ${stream}`, stream), begin(`cancelled ${stream}`, stream)]),
  )
  isKilled = true
  await world.stack.coordinators[0]?.process.kill('SIGKILL')
}, 60_000)
afterAll(async () => {
  await Promise.all([...runs.values()].map(({ client }) => client.close()))
  await world?.stop()
})

describe.each(STREAMS)('a client that keeps a question which came over the stream of %s', (stream) => {
  test('is asked for its answer by another coordinator, and never the question again', async () => {
    const { client, taskId, kept, comeBack, over } = get(`answered ${stream}`)
    comeBack()
    await kept[0]?.end('completed', ANN)
    await over
    const result = await client.experimental.tasks.getTaskResult(taskId, CallToolResultSchema)
    expect(result.content).toEqual([{ type: 'text', text: 'Hello Ann' }])
    expect(kept).toHaveLength(1)
  })

  test('is told by another coordinator that its answer is not wanted any more, though nobody saw why', async () => {
    const { client, taskId, kept, comeBack } = get(`cancelled ${stream}`)
    await client.experimental.tasks.cancelTask(taskId)
    expect(await kept[0]?.status()).toBe('working')
    comeBack()
    await expect.poll(() => kept[0]?.status(), { timeout: 20_000 }).toBe('cancelled')
    expect(kept).toHaveLength(1)
  })
})

test('leaves no key behind that no rule ends', async () => {
  expect(await findKeyLeaks(world.stack.store.url)).toEqual([])
})

/** Begins a task whose client is asked by coordinator 0; resolves when it keeps the question, and has said so. */
async function begin(name: string, stream: Stream): Promise<void> {
  const kept: Kept[] = []
  const isKept = Promise.withResolvers<void>()
  const back = Promise.withResolvers<void>()
  const client = await connectHostingClient({
    url: world.stack.url(),
    headers: {},
    onKept: (one) => kept.push(one),
    fetch: askedByFirst(stream, { hasSaidSo: isKept.resolve, mayComeBack: back.promise }),
  })
  const hasEnded = Promise.withResolvers<void>()
  client.setNotificationHandler(TaskStatusNotificationSchema, ({ params: { status } }) => {
    if (status === 'completed' || status === 'cancelled') hasEnded.resolve()
  })
  const call = { name: 'form', arguments: { run: name }, task: {} }
  const { task } = await client.request({ method: 'tools/call', params: call }, CreateTaskResultSchema)
  const { taskId } = task
  const isWaiting = stream === 'tasks/result'
  const over = isWaiting ? client.experimental.tasks.getTaskResult(taskId, CallToolResultSchema) : hasEnded.promise
  over.catch(() => {})
  await isKept.promise
  runs.set(name, { client, taskId, kept, comeBack: back.resolve, over })
}

/** Opens the one stream at coordinator 0 while that lives, and sends all else to coordinator 1. */
function askedByFirst(
  stream: Stream,
  { hasSaidSo, mayComeBack }: { readonly hasSaidSo: () => void; readonly mayComeBack: Promise<void> },
): typeof fetch {
  return async (_input, init) => {
    const body = String(init?.body)
    const isResumed = new Headers(init?.headers).has('last-event-id')
    if (stream === 'tasks/result' && init?.method === 'GET' && !isResumed) return new Response(null, { status: 405 })
    const isStream = init?.method === 'GET' || body.includes('"method":"tasks/result"')
    if (isStream && isKilled) await mayComeBack
    const response = await fetch(world.stack.url(isStream && !isKilled ? 0 : 1), init)
    // The first answer about the task of the client: that is on record.
    if (body.includes('"id":"get:')) hasSaidSo()
    return response
  }
}

function get(name: string): Run {
  const run = runs.get(name)
  if (!run) throw new Error(`There is no run '${name}'.`)
  return run
}
