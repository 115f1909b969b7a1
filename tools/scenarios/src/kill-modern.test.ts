import { findKeyLeaks } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type World } from '../crash-project/driver/world.ts'
import { MessageRecord } from './message-record.ts'
import { type ModernTask, submit, update } from './modern/tasks.ts'
import { ModernConversation } from './modern-conversation.ts'
import { modernDialect } from './modern-dialect.ts'
import { recordingFetch } from './recording-fetch.ts'
import type { Served } from './wire-http.ts'
import { ASKABLE, WireModern } from './wire-modern.ts'
import { notifies, type WireStream } from './wire-stream.ts'

const ANN = { name: { action: 'accept', content: { name: 'Ann' } } }
const KEY = 'dev.longhaul/idempotencyKey'

const record = new MessageRecord(modernDialect())
let world: World
let client: WireModern
/** A client that takes no tasks. */
let caller: WireModern
const streams: Record<string, WireStream> = {}
let listened: ModernTask
let nextRound: object

/** All of them are in the middle of something at coordinator 0 when that is killed. Coordinator 1 is there to go on. */
beforeAll(async () => {
  world = await startWorld({ coordinators: 2, workers: 1 })
  const served: Served = {
    url: world.stack.url(),
    client: () => {
      const conversation = new ModernConversation(record)
      return (at) =>
        recordingFetch(
          at === undefined ? world.stack.roundRobin : (_url, init) => fetch(world.stack.url(at), init),
          conversation,
        )
    },
  }
  client = new WireModern(served)
  caller = new WireModern(served, { capabilities: ASKABLE })

  const held = ['first/one', 'second/after'].map((what) => world.recorder.hold(what))
  const call = { name: 'post_step', arguments: { what: 'first/one' } }
  streams.first = await caller.stream('tools/call', call, { id: 'first', at: 0, meta: { [KEY]: 'first' } })

  const form = { name: 'form', arguments: { run: 'second' } }
  const { requestState } = await caller.result<{ requestState: string }>('tools/call', form, { at: 0 })
  nextRound = { ...form, requestState, inputResponses: ANN }
  streams.second = await caller.stream('tools/call', { ...nextRound }, { id: 'second', at: 0 })

  listened = await submit(client, 'form', { run: 'listened' })
  const notifications = { taskIds: [listened.taskId] }
  streams.listen = await client.stream('subscriptions/listen', { notifications }, { id: 'tasks', at: 0 })
  await streams.listen.next(notifies('notifications/tasks', 'status', 'input_required'))

  await Promise.all(held.map(({ reached }) => reached))
  await world.stack.coordinators[0]?.process.kill('SIGKILL')
  await Promise.all(Object.values(streams).map(({ ended }) => ended))
  for (const { open } of held) open()
}, 60_000)
afterAll(() => world?.stop())

describe('a client whose coordinator is killed', () => {
  test('in a round of a call that it sends again, as it was, to another one, has the result, and nothing is done twice', async () => {
    expect(streams.second?.messages).toEqual([])
    const { content } = await caller.result('tools/call', { ...nextRound }, { at: 1 })
    expect(content).toEqual([{ type: 'text', text: 'Hello Ann' }])
    expect(world.recorder.counts('second')).toEqual({ before: 1, after: 1 })
  })

  test('in the first round, before it has a state, finds its call again by the key that it gave', async () => {
    expect(streams.first?.messages).toEqual([])
    const call = { name: 'post_step', arguments: { what: 'first/one' } }
    const { content } = await caller.result('tools/call', call, { at: 1, meta: { [KEY]: 'first' } })
    expect(content).toEqual([{ type: 'text', text: 'first/one is done' }])
    expect(world.recorder.counts('first')).toEqual({ one: 1 })
  })

  test('while it listens is told where the task stands, and all that follows, when it listens again', async () => {
    const again = await client.stream(
      'subscriptions/listen',
      { notifications: { taskIds: [listened.taskId] } },
      { id: 'tasks', at: 1 },
    )
    const { params } = await again.next(notifies('notifications/tasks'))
    expect(params).toMatchObject({ status: 'input_required', inputRequests: { name: expect.anything() } })
    await update(client, listened.taskId, ANN, { at: 1 })
    const end = await again.next(notifies('notifications/tasks', 'status', 'completed'))
    expect(end.params?.result).toMatchObject({ content: [{ text: 'Hello Ann' }] })
    expect(world.recorder.counts('listened')).toEqual({ before: 1, after: 1 })
    await again.cut()
  })
})

test('no message that was sent meanwhile is wrong, and no key is left that no rule ends', async () => {
  expect(record.problems).toEqual([])
  expect(await findKeyLeaks(world.stack.store.url)).toEqual([])
})
