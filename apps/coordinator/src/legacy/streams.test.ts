import { Connection, Delivery, RedisTaskStore, RedisTaskWatch } from '@longhaul/store'
import { readSettings } from '@longhaul/task'
import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  FORM,
  openCoordinator,
  openWorker,
  type TestCoordinator,
  type TestSession,
  type TestWorker,
} from '../../test/coordinator.ts'

const CAN_BE_ASKED = { capabilities: { elicitation: {} } }

let store: TestStore
let worker: TestWorker
let one: TestCoordinator
let other: TestCoordinator
let session: TestSession
let connection: Connection
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  ;[one, other] = await Promise.all([open(), open({ keepAliveMs: 50 })])
  session = await one.initialize(CAN_BE_ASKED)
  connection = new Connection({ url: store.url, settings: readSettings({}), whenAway: 'wait' })
})
const opened: TestCoordinator[] = []
afterEach(async () => {
  await Promise.all(opened.splice(2).map((coordinator) => coordinator.close()))
})
afterAll(async () => {
  await Promise.all(opened.map((coordinator) => coordinator.close()))
  await worker.close()
  await connection.close()
  await store.stop()
})

async function open(changed = {}) {
  const coordinator = await openCoordinator(store.url, changed)
  opened.push(coordinator)
  return coordinator
}

const withdrawnKey = () => `lh:session:${session.headers['mcp-session-id']}:withdrawn`
const leftKey = (requestId: string) =>
  `lh:session:${session.headers['mcp-session-id']}:left:${JSON.stringify(requestId)}`
/** Those of the task itself that anybody listens to. */
const channelsOf = (taskId: string) => connection.send((redis) => redis.pubsub('CHANNELS', `*${taskId}`))
const isLeft = async (requestId: string) => (await connection.send((redis) => redis.exists(leftKey(requestId)))) === 1

describe('an event stream', () => {
  test('begins with an event to resume after, and is passed through as it is', async () => {
    const taskId = await session.createTask('look')
    const stream = await session.stream('r1', 'tasks/result', { taskId })
    expect(stream.status).toBe(200)
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'mcp-session-id': session.headers['mcp-session-id'],
    })
    expect(await stream.next()).toEqual({ id: expect.stringMatching(/^[\w-]+$/), retry: '500', message: undefined })
    stream.leave()
  })

  test('of an older revision has no event without data', async () => {
    const june = await one.initialize({ protocolVersion: '2025-06-18' })
    const stream = await june.stream(1, 'tools/call', { name: 'look' })
    const { tasks } = (await session.request('tasks/list')).body.result
    await worker.finish(tasks[0].taskId)
    expect((await stream.next()).message).toMatchObject({
      id: 1,
      result: { content: [{ type: 'text', text: 'seen' }] },
    })
  })

  test('says now and then that it is there', async () => {
    const stream = await session.listen({ address: other.address })
    expect(await stream.comment()).toBe(': still here')
    expect(await stream.comment()).toBe(': still here')
    stream.leave()
  })

  test('has lines of its own making only, whatever ids and texts others make up', async () => {
    const taskId = await session.createTask('look')
    const requestId = 'x\n\nevent: message\ndata: {"jsonrpc":"2.0"}\r\rid: 5\u2028'
    const stream = await session.stream(requestId, 'tasks/result', { taskId })
    await worker.finish(taskId, { kind: 'error', error: { message: 'a\n\ndata: b\r\r' } })
    const first = await stream.next()
    const second = await stream.next()
    expect(first.message).toBeUndefined()
    expect(second.message).toMatchObject({ id: requestId, error: { message: 'a\n\ndata: b\r\r' } })
    await stream.ended
    await expect(stream.next()).rejects.toThrow('The stream ended.')
  })
})

describe('a session', () => {
  test.each(['its own stream', 'a held request'])('lives as long as %s is open', async (which) => {
    const brief = await open({ sessionTtlMs: 600, deliveryLeaseMs: 300 })
    const own = await brief.initialize(CAN_BE_ASKED)
    const key = `lh:session:${own.headers['mcp-session-id']}`
    const stream = await (which === 'its own stream' ? own.listen() : own.stream('r', 'tools/call', { name: 'look' }))
    const ttls: number[] = []
    // It has been kept when there is more time left than before.
    await expect
      .poll(async () => {
        ttls.push(await connection.send((redis) => redis.pttl(key)))
        return ttls.some((ttl, place) => ttl > (ttls[place - 1] ?? ttl))
      })
      .toBe(true)
    await connection.send((redis) => redis.del(key))
    await stream.ended
  })

  test('has one stream of its own: the second takes over, on any coordinator', async () => {
    const own = await one.initialize(CAN_BE_ASKED)
    const first = await own.listen()
    expect(first.status).toBe(200)
    const second = await own.listen({ address: other.address })
    await first.ended
    const taskId = await own.createTask('look')
    await worker.finish(taskId)
    expect((await second.nextMessage('notifications/tasks/status')).message.params).toMatchObject({
      taskId,
      status: 'completed',
    })
    second.leave()
  })

  test('whose stream is left keeps no question to itself that it was just told to show', async () => {
    const patient = await open({ deliveryLeaseMs: 600_000 })
    const delivery = new Delivery(connection, readSettings({}))
    const leave = async () => {
      const leaving = await patient.initialize(CAN_BE_ASKED)
      const stream = await leaving.listen()
      const taskId = await leaving.createTask('look')
      await worker.ask(taskId, { key: 'q1', question: FORM })
      // Who polls is there to be asked, and each of these says so to the stream.
      const polls = [1, 2, 3, 4].map(() => leaving.request('tasks/get', { taskId }))
      await Promise.race(polls)
      stream.leave()
      await Promise.all(polls)
      return taskId
    }
    const taskIds = await Promise.all(Array.from({ length: 40 }, leave))
    await expect.poll(async () => await Promise.all(taskIds.map((id) => delivery.isShown(id)))).not.toContain(true)
  })
})

describe('a held request', () => {
  test('goes on on another coordinator when its own one closes, and shows nothing twice', async () => {
    const closing = await open()
    const own = await closing.initialize(CAN_BE_ASKED)
    const taskId = await own.createTask('look')
    await worker.ask(taskId, { key: 'q1', question: FORM })
    const stream = await own.stream('held', 'tasks/result', { taskId })
    const asked = await stream.nextMessage('elicitation/create')
    await Promise.all([closing.close(), stream.ended])

    const resumed = await own.listen({ after: asked.id ?? '', address: other.address })
    expect(resumed.status).toBe(200)
    expect((await resumed.next()).message).toBeUndefined()
    await own.send({ id: asked.message.id, result: { action: 'decline' } }, other.address)
    await worker.finish(taskId)
    const { message } = await resumed.next()
    expect(message).toMatchObject({ id: 'held', result: { content: [{ type: 'text', text: 'seen' }] } })
    await resumed.ended
  })

  test('that is cancelled when its client leaves is not when its coordinator closes', async () => {
    const closing = await open({ onDisconnect: 'cancel' })
    const own = await closing.initialize()
    const stream = await own.stream('moved', 'tools/call', { name: 'look' })
    const { id = '' } = await stream.next()
    const { taskId } = (await own.request('tasks/list')).body.result.tasks[0]
    await Promise.all([closing.close(), stream.ended])
    const resumed = await own.listen({ after: id, address: other.address })
    await worker.finish(taskId)
    expect((await resumed.nextMessage()).message).toMatchObject({ id: 'moved', result: {} })
  })

  test('is asked again what was shown on a stream that it had not read', async () => {
    const taskId = await session.createTask('look')
    const stream = await session.stream('unread', 'tasks/result', { taskId })
    const { id: beforeQuestion = '' } = await stream.next()
    await worker.ask(taskId, { key: 'q1', question: FORM })
    const { message: first } = await stream.nextMessage('elicitation/create')
    stream.leave()
    const resumed = await session.listen({ after: beforeQuestion })
    const { message: second } = await resumed.nextMessage('elicitation/create')
    expect([first.id, second.id]).toEqual([`${taskId}.q1.1`, `${taskId}.q1.2`])
    resumed.leave()
  })

  test('is not answered once the client has cancelled it, and does not come back', async () => {
    const taskId = await session.createTask('look')
    const stream = await session.stream('gone', 'tasks/result', { taskId })
    const { id = '' } = await stream.next()
    await session.send({ method: 'notifications/cancelled', params: { requestId: 'gone' } }, other.address)
    await stream.ended
    await expect(stream.next()).rejects.toThrow('The stream ended.')
    const resumed = await session.listen({ after: id, address: other.address })
    expect(resumed.status).toBe(405)
    expect((await session.request('tasks/get', { taskId })).body.result.status).toBe('working')
  })

  test.each(['tools/call', 'tasks/result'])('by %s hears of its task by its session alone', async (method) => {
    const plain = { name: 'look' }
    const params = method === 'tools/call' ? plain : { taskId: await session.createTask('look') }
    const stream = await session.stream(`alone ${method}`, method, params)
    await stream.next()
    const { taskId } = (await session.request('tasks/list')).body.result.tasks[0]
    await worker.ask(taskId, { key: 'q1', question: FORM })
    const asked = await stream.nextMessage('elicitation/create')
    expect(await channelsOf(taskId)).toEqual([])
    await session.send({ id: asked.message.id, result: { action: 'decline' } })
    await worker.finish(taskId)
    expect((await stream.next()).message).toMatchObject({ result: { content: [{ type: 'text', text: 'seen' }] } })
  })

  test('is answered with the outcome that was told along with the end of its task', async () => {
    const taskId = await session.createTask('look')
    const stream = await session.stream('told', 'tasks/result', { taskId })
    await worker.ask(taskId, { key: 'q1', question: FORM })
    await stream.nextMessage('elicitation/create')
    const outcome = { kind: 'result', result: { content: [{ type: 'text', text: 'told' }] } }
    // After 4, that it is let go of.
    const end = { taskId, seq: 5, at: Date.now(), type: 'finished', status: 'completed', outcome }
    const channel = `lh:session:${session.headers['mcp-session-id']}`
    await connection.send((redis) => redis.publish(channel, JSON.stringify(end)))
    expect((await stream.nextMessage()).message).toMatchObject({ id: 'told', result: outcome.result })
  })

  test('is answered with an outcome that is too large to be told along', async () => {
    const large = 'x'.repeat(100_000)
    const taskId = await session.createTask('look')
    const stream = await session.stream('large', 'tasks/result', { taskId })
    await worker.finish(taskId, { kind: 'result', result: { content: [{ type: 'text', text: large }] } })
    expect((await stream.nextMessage()).message.result.content).toEqual([{ type: 'text', text: large }])
  })

  test('reads its task again where that ended between the request and the listening', async () => {
    const patient = await open({ deliveryLeaseMs: 600_000 })
    const own = await patient.initialize(CAN_BE_ASKED)
    await own.listen()
    const taskId = await own.createTask('look')
    const { watchSession } = RedisTaskWatch.prototype
    const heard = Promise.withResolvers<void>()
    const watch = vi.spyOn(RedisTaskWatch.prototype, 'watchSession').mockImplementation(async function (
      this: RedisTaskWatch,
      id,
      listener,
    ) {
      const stop = await watchSession.call(this, id, ({ type }) => type === 'finished' && heard.resolve())
      await worker.finish(taskId)
      await heard.promise
      await stop()
      return watchSession.call(this, id, listener)
    })
    try {
      const stream = await own.stream('late', 'tasks/result', { taskId })
      expect((await stream.nextMessage()).message).toMatchObject({
        id: 'late',
        result: { content: [{ text: 'seen' }] },
      })
    } finally {
      watch.mockRestore()
    }
  })

  test('listens to its task itself once another session hears of that', async () => {
    const patient = await open({ deliveryLeaseMs: 600_000 })
    const own = await patient.initialize(CAN_BE_ASKED)
    const taskId = await own.createTask('look')
    const stream = await own.stream('adopted', 'tasks/result', { taskId })
    await worker.ask(taskId, { key: 'q1', question: FORM })
    await stream.nextMessage('elicitation/create')
    await new RedisTaskStore(connection, readSettings({})).adopt(taskId, 'another')
    await expect.poll(() => channelsOf(taskId)).toHaveLength(1)
    await own.request('tasks/cancel', { taskId })
    expect((await stream.nextMessage()).message).toMatchObject({ id: 'adopted', error: { message: 'Task cancelled' } })
  })

  test('takes its task along when it is a plain call that the client cancels', async () => {
    const stream = await session.stream('plain', 'tools/call', { name: 'look' })
    await stream.next()
    await session.send({ method: 'notifications/cancelled', params: { requestId: 'plain' } }, other.address)
    await stream.ended
    const { tasks } = (await session.request('tasks/list')).body.result
    expect(tasks[0].status).toBe('cancelled')
  })

  test.each(['before', 'after'] as const)(
    'takes its task along when the client cancels it %s its stream broke off',
    async (order) => {
      const stream = await session.stream(`left ${order}`, 'tools/call', { name: 'look' })
      await stream.next()
      const { taskId } = (await session.request('tasks/list')).body.result.tasks[0]
      const params = { requestId: `left ${order}` }
      const cancel = () => session.send({ method: 'notifications/cancelled', params }, other.address)
      if (order === 'before') await Promise.all([cancel(), stream.leave()])
      else {
        stream.leave()
        await expect.poll(() => isLeft(`left ${order}`)).toBe(true)
        expect((await cancel()).status).toBe(202)
      }
      await expect
        .poll(async () => (await session.request('tasks/get', { taskId })).body.result)
        .toMatchObject({ status: 'cancelled', statusMessage: 'The client cancelled its request.' })
    },
  )

  describe('with the id of an earlier one', () => {
    /** As if the client had cancelled it some seconds ago. */
    const cancelEarlier = async (id: string) => {
      const [seconds] = await connection.send((redis) => redis.time())
      await connection.send((redis) => redis.zadd(withdrawnKey(), (Number(seconds) - 10) * 1000, JSON.stringify(id)))
    }
    const statusOf = async (taskId: string) => (await session.request('tasks/get', { taskId })).body.result.status

    test('is not taken for that: neither is it cancelled as that was, nor what that left behind as it is', async () => {
      const left = await session.createTask('look')
      await cancelEarlier('again')
      await connection.send((redis) => redis.set(leftKey('again'), left, 'PX', 60_000))
      const stream = await session.stream('again', 'tools/call', { name: 'look' })
      const { taskId } = (await session.request('tasks/list')).body.result.tasks[0]
      await worker.ask(taskId, { key: 'q1', question: FORM })
      await stream.nextMessage('elicitation/create')
      await session.send({ method: 'notifications/cancelled', params: { requestId: 'again' } })
      await stream.ended
      expect(await statusOf(taskId)).toBe('cancelled')
      expect(await statusOf(left)).toBe('working')
    })

    test('is that where it is of the same task, which nobody has called off', async () => {
      const _meta = { 'dev.longhaul/idempotencyKey': 'resent' }
      const taskId = await session.createTask('look', {}, { _meta })
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 20_000 })
      onTestFinished(() => void vi.useRealTimers())
      await cancelEarlier('resent')
      const stream = await session.stream('resent', 'tools/call', { name: 'look', _meta })
      await stream.ended
      expect(await statusOf(taskId)).toBe('cancelled')
    })
  })

  test('takes its task along when the client cancels it a moment before it comes', async () => {
    await session.send({ method: 'notifications/cancelled', params: { requestId: 'late' } }, other.address)
    const stream = await session.stream('late', 'tools/call', { name: 'look' })
    await stream.ended
    expect((await session.request('tasks/list')).body.result.tasks[0].status).toBe('cancelled')
  })

  test('is not answered with the end of its task where the client has cancelled it, though no word of that came', async () => {
    const stream = await session.stream('unheard', 'tools/call', { name: 'look' })
    const { taskId } = (await session.request('tasks/list')).body.result.tasks[0]
    await worker.ask(taskId, { key: 'q1', question: FORM })
    await stream.nextMessage('elicitation/create')
    await connection.send((redis) => redis.zadd(withdrawnKey(), 1, '"unheard"'))
    await connection.send((redis) => redis.pexpire(withdrawnKey(), 60_000))
    await session.request('tasks/cancel', { taskId })
    await stream.ended
    await expect(stream.next()).rejects.toThrow('The stream ended.')
  })

  test('takes its task along when it comes back cancelled, though the coordinator that had it died', async () => {
    const stream = await session.stream('dead', 'tools/call', { name: 'look' })
    const { id = '' } = await stream.next()
    const { taskId } = (await session.request('tasks/list')).body.result.tasks[0]
    stream.leave()
    await expect.poll(() => isLeft('dead')).toBe(true)
    // As it is when nobody was there any more to note it.
    await connection.send((redis) => redis.del(leftKey('dead')))
    await session.send({ method: 'notifications/cancelled', params: { requestId: 'dead' } })
    const resumed = await session.listen({ after: id, address: other.address })
    expect(resumed.status).toBe(405)
    expect((await session.request('tasks/get', { taskId })).body.result.status).toBe('cancelled')
  })

  test.each(['nonsense', '{}', 'WzEsMl0'])('does not go on after the event %j', async (after) => {
    const headers = { ...session.headers, 'last-event-id': after }
    const answer = await one.call({ method: 'GET', headers })
    expect(answer.status).toBe(400)
    expect(answer.body.error.message).toBe('The Last-Event-ID is none of this server.')
  })

  test('of somebody else is not found by an event id that was made up', async () => {
    const point = ['stream', 1, `00${'A'.repeat(22)}`, 'mine', true, []]
    const after = Buffer.from(JSON.stringify(point)).toString('base64url')
    const stream = await session.listen({ after })
    const { message } = await stream.nextMessage()
    expect(message).toEqual({ jsonrpc: '2.0', id: 'mine', error: { code: -32602, message: 'Task not found' } })
    await stream.ended
  })

  test('tells nobody what the task of somebody else says, whatever event id they made up', async () => {
    const guarded = await open({ apiKeys: ['anna=anna-anna-anna-anna', 'ben=ben-ben-ben-ben-ben'] })
    const as = (key: string) => guarded.initialize({ headers: { authorization: `Bearer ${key}` } })
    const [anna, ben] = [await as('anna-anna-anna-anna'), await as('ben-ben-ben-ben-ben')]
    const taskId = await anna.createTask('look')
    const { ledger } = await worker.claim(taskId)
    const { watch } = RedisTaskWatch.prototype
    // The task speaks when it is listened to, before anybody has looked whether this one may.
    const listening = vi.spyOn(RedisTaskWatch.prototype, 'watch').mockImplementation(async function (
      this: RedisTaskWatch,
      id,
      listener,
    ) {
      const heard = Promise.withResolvers<void>()
      const stop = await watch.call(this, id, (event) => {
        listener(event)
        heard.resolve()
      })
      await ledger.log('info', 'a secret')
      await heard.promise
      return stop
    })
    const after = Buffer.from(JSON.stringify(['stream', 1, taskId, 'made up', false, []])).toString('base64url')
    const stream = await ben.listen({ after })
    await stream.next()
    const { message } = await stream.next()
    expect(message).toEqual({ jsonrpc: '2.0', id: 'made up', error: { code: -32602, message: 'Task not found' } })
    expect(listening).toHaveBeenCalledOnce()
    listening.mockRestore()
    await stream.ended
  })
})

test('a stream is closed after its time, for its client to resume; its call goes on [R12]', async () => {
  const limiting = await open({ streamMaxMs: 50, onDisconnect: 'cancel' })
  const client = await limiting.initialize()
  const stream = await client.stream('slow', 'tools/call', { name: 'look' })
  const { id, retry, message } = await stream.next()
  expect([retry, message]).toEqual(['500', undefined])
  await stream.ended
  const { tasks } = (await client.request('tasks/list')).body.result
  expect(tasks[0].status).toBe('working')
  await worker.finish(tasks[0].taskId)
  const resumed = await client.listen({ ...(id !== undefined && { after: id }) })
  expect((await resumed.nextMessage()).message).toMatchObject({ id: 'slow', result: { content: [{ text: 'seen' }] } })
})

test('a stream that goes on tells what happened since the last event that its client has [R13]', async () => {
  const client = await one.initialize()
  const stream = await client.stream('plain', 'tools/call', { name: 'look', _meta: { progressToken: 'p' } })
  const { id: after = '' } = await stream.next()
  const { tasks } = (await client.request('tasks/list')).body.result
  const { ledger } = await worker.claim(tasks[0].taskId)
  stream.leave()
  for (const progress of [1, 2]) await ledger.progress({ progress })
  const resumed = await client.listen({ after, address: other.address })
  const told = [
    await resumed.nextMessage('notifications/progress'),
    await resumed.nextMessage('notifications/progress'),
  ]
  expect(told.map(({ message }) => message.params)).toEqual([
    { progressToken: 'p', progress: 1 },
    { progressToken: 'p', progress: 2 },
  ])
  const again = await client.listen({ ...(told[0]?.id !== undefined && { after: told[0].id }) })
  expect((await again.nextMessage('notifications/progress')).message.params.progress).toBe(2)
  await ledger.finish({ entries: [], waits: [], outcome: { kind: 'result', result: { content: [] } } })
  await again.nextMessage()
})
