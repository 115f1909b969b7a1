import { text } from '@longhaul/task'
import { findKeyLeaks, startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  openCoordinator,
  openWorker,
  type TestCoordinator,
  type TestWorker,
  untilHeard,
} from '../../test/coordinator.ts'
import type { EventReader, StreamEvent } from '../../test/event-reader.ts'
import { ModernClient } from '../../test/modern-client.ts'

const WATCHED = {
  name: 'resource:notes://today',
  as: { kind: 'resource', uri: 'notes://today', name: 'today' } as const,
}
const PROMPT = { name: 'prompt:new', as: { kind: 'prompt', name: 'new', arguments: [] } as const }

let store: TestStore
let worker: TestWorker
let one: TestCoordinator
let other: TestCoordinator
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  await worker.announce([WATCHED])
  ;[one, other] = await Promise.all([openCoordinator(store.url), openCoordinator(store.url)])
})
afterAll(async () => {
  await Promise.all([one.close(), other.close()])
  await worker.close()
  await store.stop()
})
afterEach(async () => expect(await findKeyLeaks(store.url)).toEqual([]))

/** Messages up to the one that is meant. */
async function messagesOf(stream: EventReader, isLast: (message: StreamEvent['message']) => boolean) {
  const messages: StreamEvent['message'][] = []
  while (!isLast(messages.at(-1) ?? { params: {} })) messages.push((await stream.next()).message)
  return messages
}

describe('log messages', () => {
  const log = (level: string, data: unknown, more = {}) => ({
    jsonrpc: '2.0',
    method: 'notifications/message',
    params: { level, data, ...more },
  })

  test('of a plain call come before its result on its stream, from the level of the session on [F5]', async () => {
    const session = await one.initialize()
    expect((await session.request('logging/setLevel', { level: 'debug' })).body.result).toEqual({})
    expect((await session.request('logging/setLevel', { level: 'loud' })).body.error.code).toBe(-32602)
    const stream = await session.stream('c', 'tools/call', { name: 'look' })
    const taskId = await worker.called()
    const { ledger } = await worker.claim(taskId)
    await ledger.log('debug', 'first')
    await ledger.log('error', { n: 2 }, 'mine')
    await ledger.finish({ entries: [], waits: [], outcome: { kind: 'result', result: { content: [text('x')] } } })
    const messages = [await stream.next(), await stream.next(), await stream.next(), await stream.next()].slice(1)
    expect(messages.map(({ message }) => message)).toEqual([
      log('debug', 'first'),
      log('error', { n: 2 }, { logger: 'mine' }),
      { jsonrpc: '2.0', id: 'c', result: { content: [text('x')] } },
    ])
  })

  test('of a level that the session does not want are left out, also when it says so meanwhile [F5]', async () => {
    const session = await one.initialize()
    const stream = await session.stream('c', 'tools/call', { name: 'look' })
    const { ledger } = await worker.claim(await worker.called())
    await ledger.log('debug', 'not by default')
    await ledger.log('info', 'by default')
    expect((await stream.nextMessage('notifications/message')).message).toEqual(log('info', 'by default'))
    await session.request('logging/setLevel', { level: 'error' })
    await ledger.log('warning', 'not any more')
    await ledger.finish({ entries: [], waits: [], outcome: { kind: 'result', result: { content: [] } } })
    expect((await stream.next()).message.result).toEqual({ content: [] })
  })

  test('of the least level are also what models say while they say it', async () => {
    const session = await one.initialize()
    await session.request('logging/setLevel', { level: 'debug' })
    const stream = await session.stream('c', 'tools/call', { name: 'look' })
    const { ledger } = await worker.claim(await worker.called())
    const delta = { step: 'm1', attempt: 1, model: 'a/b', kind: 'text', offset: 0, text: 'Sunny' } as const
    const first = stream.nextMessage('notifications/message')
    await untilHeard(first, () => ledger.delta(delta))
    expect((await first).message).toMatchObject({ params: { level: 'debug', logger: 'model', data: delta } })
    await ledger.finish({ entries: [], waits: [], outcome: { kind: 'result', result: { content: [] } } })
    await messagesOf(stream, (message) => message.id === 'c')
  })

  test('of a task come on the stream of the session, or of its tasks/result, and not on both [F5 T27 T29]', async () => {
    const session = await one.initialize()
    const listening = await session.listen({ address: other.address })
    const taskId = await session.createTask('look')
    const meta = { _meta: { 'io.modelcontextprotocol/related-task': { taskId } } }
    const { ledger } = await worker.claim(taskId)
    await ledger.log('info', 'alone')
    expect((await listening.nextMessage('notifications/message')).message).toEqual(log('info', 'alone', meta))
    const waiting = await session.stream('r', 'tasks/result', { taskId })
    const first = waiting.nextMessage('notifications/message')
    // Until that stream listens the other one tells.
    let said = 0
    await untilHeard(first, () => ledger.log('info', said++))
    await ledger.finish({ entries: [], waits: [], outcome: { kind: 'result', result: { content: [] } } })
    const told = [(await first).message, ...(await messagesOf(waiting, (message) => message.id === 'r'))]
    expect(told[0]).toMatchObject(log('info', expect.any(Number), meta))
    told.push(...(await messagesOf(listening, ({ params }) => params.status === 'completed')))
    const data = told.filter(({ method }) => method === 'notifications/message').map(({ params }) => params.data)
    expect(data.toSorted((a, b) => a - b)).toEqual([...new Set(data)].toSorted((a, b) => a - b))
    listening.leave()
  })
})

describe('a resource that a session subscribed to', () => {
  const updated = { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'notes://today' } }

  test('is told of on its stream, whichever coordinator has that, until it is subscribed to no more [F17]', async () => {
    const session = await one.initialize()
    const uri = 'notes://today'
    expect((await session.request('resources/subscribe', { uri })).body.result).toEqual({})
    const stream = await session.listen({ address: other.address })
    const { ledger } = await worker.claim(await session.createTask('look'))
    await ledger.resourceUpdated('notes://other')
    await ledger.resourceUpdated(uri)
    expect((await stream.nextMessage(updated.method)).message).toEqual(updated)
    expect((await session.request('resources/unsubscribe', { uri })).body.result).toEqual({})
    expect((await session.request('resources/subscribe', { uri: 'notes://none' })).body.error).toMatchObject({
      code: -32002,
      data: { uri: 'notes://none' },
    })
    const tooLong = await session.request('resources/subscribe', { uri: `notes://${'x'.repeat(8192)}` })
    expect(tooLong.body.error).toMatchObject({
      code: -32602,
      message: 'The URI has 8200 characters; the most is 8192.',
    })
    await ledger.resourceUpdated(uri)
    await ledger.finish({ entries: [], waits: [], outcome: { kind: 'result', result: { content: [] } } })
    const rest = await stream.next()
    expect(rest.message.method).toBe('notifications/tasks/status')
    stream.leave()
  })

  test('is told of where it is subscribed to while the stream is open', async () => {
    const session = await one.initialize()
    const stream = await session.listen({ address: other.address })
    await session.request('resources/subscribe', { uri: 'notes://today' })
    const { ledger } = await worker.claim(await session.createTask('look'))
    await expect
      .poll(async () => {
        await ledger.resourceUpdated('notes://today')
        return (await stream.nextMessage(updated.method)).message
      })
      .toEqual(updated)
    await ledger.finish({ entries: [], waits: [], outcome: { kind: 'result', result: { content: [] } } })
    stream.leave()
  })

  test('is told of by a subscription of the newer era [F17]', async () => {
    const client = new ModernClient(other.address)
    const notifications = { resourceSubscriptions: ['notes://today', 'notes://none'] }
    const stream = await client.stream('subscriptions/listen', { notifications }, { id: 's' })
    const tag = { 'io.modelcontextprotocol/subscriptionId': 's' }
    const honoured = { notifications: { resourceSubscriptions: ['notes://today'] }, _meta: tag }
    expect((await stream.next()).message.params).toEqual(honoured)
    const session = await one.initialize()
    const { ledger } = await worker.claim(await session.createTask('look'))
    await ledger.resourceUpdated('notes://today')
    expect((await stream.next()).message).toEqual({ ...updated, params: { ...updated.params, _meta: tag } })
    await ledger.finish({ entries: [], waits: [], outcome: { kind: 'result', result: { content: [] } } })
    stream.leave()
  })
})

test('a list that changed is told of in both eras, and no other [F14]', async () => {
  const session = await one.initialize()
  const stream = await session.listen()
  const client = new ModernClient(other.address)
  const notifications = { promptsListChanged: true, resourcesListChanged: true }
  const listening = await client.stream('subscriptions/listen', { notifications }, { id: 's' })
  expect((await listening.next()).message.params.notifications).toEqual(notifications)
  await worker.announce([WATCHED, PROMPT])
  expect((await stream.next()).message).toEqual({ jsonrpc: '2.0', method: 'notifications/prompts/list_changed' })
  expect((await listening.next()).message.method).toBe('notifications/prompts/list_changed')
  await worker.announce([WATCHED, PROMPT, { name: 'resource:a:b', as: { kind: 'resource', uri: 'a:b', name: 'b' } }])
  expect((await stream.next()).message.method).toBe('notifications/resources/list_changed')
  expect((await listening.next()).message.method).toBe('notifications/resources/list_changed')
  await worker.announce([WATCHED, PROMPT, { name: 'fresh' }])
  expect((await stream.next()).message.method).toBe('notifications/tools/list_changed')
  stream.leave()
  listening.leave()
})
