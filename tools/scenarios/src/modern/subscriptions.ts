import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { TASKS, WireModern } from '../wire-modern.ts'
import { notifies } from '../wire-stream.ts'
import type { World } from '../world.ts'
import { getTask, reach, submit, subscribe, UNKNOWN_TASK, update } from './tasks.ts'

const LATE_PROJECT = fileURLToPath(new URL('../../fixtures/late-project', import.meta.url))
const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged'
const SERVER_INFO = 'io.modelcontextprotocol/serverInfo'
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId'
const told = (status: string) => notifies('notifications/tasks', 'status', status)

/** subscriptions/listen. */
export function subscriptions(world: World): void {
  const client = () => new WireModern(world)

  test('acknowledges first what of it is honoured, under the id of its request as that was [R28 U32 U35]', async () => {
    const one = client()
    const { taskId } = await submit(one, 'confirm', { filename: 'a' })
    const foreign = await submit(new WireModern(world, { person: 'bob' }), 'confirm', { filename: 'b' })
    for (const id of ['sub', 7, '7', 0, '']) {
      const wanted = {
        taskIds: [UNKNOWN_TASK, taskId, foreign.taskId, 'x', taskId],
        toolsListChanged: true,
        promptsListChanged: false,
        unheardOf: true,
      }
      const stream = await one.stream('subscriptions/listen', { notifications: wanted }, { id })
      await stream.next(notifies('notifications/tasks'))
      const notifications = { taskIds: [taskId], toolsListChanged: true }
      expect(stream.messages[0]).toEqual({
        jsonrpc: '2.0',
        method: ACKNOWLEDGED,
        params: { notifications, _meta: { [SUBSCRIPTION]: id } },
      })
      for (const { params } of stream.messages) expect(Object(params?._meta)[SUBSCRIPTION]).toBe(id)
      await stream.cut()
    }
  })

  test('tells of a task as it is when the subscription begins, also when it is over by then [U31 U36]', async () => {
    const one = client()
    const tasks = await Promise.all([
      submit(one, 'divide', { a: 6, b: 2 }),
      submit(one, 'protocol_error'),
      submit(one, 'fails'),
      submit(one, 'slow', { ms: 60_000 }),
      submit(one, 'confirm', { filename: 'a' }),
    ])
    const statuses = ['completed', 'failed', 'completed', 'cancelled', 'input_required']
    await one.result('tasks/cancel', { taskId: tasks[3]?.taskId })
    for (const [place, { taskId }] of tasks.entries()) {
      await reach(one, taskId, statuses[place] ?? '')
      const stream = await subscribe(one, taskId)
      const { params = {} } = await stream.next(notifies('notifications/tasks'))
      const { _meta: _, ...notified } = params
      const { resultType, _meta, ...got } = Object(await getTask(one, taskId))
      expect(notified).toEqual(got)
      await stream.cut()
    }
  })

  test('tells every status that a task comes to, each as tasks/get would then, and each once [U31]', async () => {
    const one = client()
    const { taskId } = await submit(one, 'confirm', { filename: 'a' })
    const stream = await subscribe(one, taskId)
    const asking = await stream.next(told('input_required'))
    const { inputRequests = {} } = await getTask(one, taskId)
    expect(asking.params?.inputRequests).toEqual(inputRequests)
    const [key = ''] = Object.keys(inputRequests)
    await update(one, taskId, { [key]: { action: 'decline' } })
    const { params } = await stream.next(told('completed'))
    expect(params?.result).toMatchObject({ resultType: 'complete', content: [{ text: 'kept a: decline' }] })
    const bodies = stream.messages.map((message) => JSON.stringify(message))
    expect(new Set(bodies).size).toBe(bodies.length)
    // A status is told as it is by then: that it worked for a moment in between may be over.
    const statuses = stream.messages.slice(1).map((message) => message.params?.status)
    expect(['working', 'input_required']).toContain(statuses[0])
    expect(statuses.at(-1)).toBe('completed')
    await stream.cut()
  })

  test('tells all subscribers of a task, at both coordinators, and two of one id apart [U31 R28]', async () => {
    const one = client()
    const { taskId } = await submit(one, 'confirm', { filename: 'a' })
    const { taskId: other } = await submit(one, 'confirm', { filename: 'b' })
    const listen = (id: string, at: 0 | 1) =>
      client().stream('subscriptions/listen', { notifications: { taskIds: [id] } }, { id: 'same', at })
    const streams = await Promise.all([listen(taskId, 0), listen(taskId, 1), listen(other, 0), listen(other, 1)])
    await one.result('tasks/cancel', { taskId })
    await Promise.all(streams.slice(0, 2).map((stream) => stream.next(told('cancelled'))))
    await one.result('tasks/cancel', { taskId: other })
    for (const [place, stream] of streams.entries()) {
      await stream.next(told('cancelled'))
      const ids = stream.messages.slice(1).map(({ params }) => params?.taskId)
      expect(new Set(ids)).toEqual(new Set([place < 2 ? taskId : other]))
      await stream.cut()
    }
  })

  test('subscribes to no tasks for a request that takes none, and opens no stream [U33]', async () => {
    for (const taskIds of [[], [UNKNOWN_TASK]]) {
      const params = { notifications: { taskIds, toolsListChanged: true } }
      const reply = await client().ask('subscriptions/listen', params, { capabilities: { elicitation: {} } })
      expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
      const { error } = reply.message
      expect([reply.status, error?.code, error?.data]).toEqual([400, -32021, { requiredCapabilities: TASKS }])
    }
  })

  test('sends nothing but tasks on the subscription of a task that logs and counts [U34]', async () => {
    const one = client()
    const { taskId } = await submit(one, 'log')
    const stream = await subscribe(one, taskId)
    const { params } = await stream.next(told('input_required'))
    const [key = ''] = Object.keys(Object(params?.inputRequests))
    await update(one, taskId, { [key]: { action: 'accept', content: {} } })
    await stream.next(told('completed'))
    const methods = new Set(stream.messages.map(({ method }) => method))
    expect(methods).toEqual(new Set([ACKNOWLEDGED, 'notifications/tasks']))
    await stream.cut()
  })

  test('shows a subscriber no question that it did not declare to answer, and goes on [U39]', async () => {
    const one = client()
    const { taskId } = await submit(one, 'confirm', { filename: 'a' })
    const { inputRequests = {} } = await reach(one, taskId, 'input_required')
    const [key = ''] = Object.keys(inputRequests)
    const params = { notifications: { taskIds: [taskId] } }
    const mute = await one.stream('subscriptions/listen', params, { id: 'mute', capabilities: TASKS })
    await mute.next(notifies(ACKNOWLEDGED))
    await update(one, taskId, { [key]: { action: 'decline' } })
    await mute.next(told('completed'))
    expect(mute.messages.filter(told('input_required'))).toEqual([])
    await mute.cut()
  })

  test.each([
    undefined,
    7,
    [],
    { taskIds: 'x' },
    { taskIds: [7] },
    { toolsListChanged: 'yes' },
    { taskIds: Array(1001).fill('x') },
  ])('refuses a subscription to %o', async (notifications) => {
    expect((await client().error('subscriptions/listen', { notifications })).code).toBe(-32602)
  })

  test('tells that the tools have changed, to those who asked for that only [F14 R28]', async () => {
    const one = client()
    const listen = (notifications: object, at: 0 | 1) =>
      one.stream('subscriptions/listen', { notifications }, { id: `at ${at}`, at })
    const { taskId } = await submit(one, 'confirm', { filename: 'a' })
    const [asked, alsoAsked, silent] = await Promise.all([
      listen({ toolsListChanged: true }, 0),
      listen({ toolsListChanged: true }, 1),
      listen({ toolsListChanged: false, taskIds: [taskId] }, 1),
    ])
    await Promise.all([asked, alsoAsked, silent].map((stream) => stream.next(notifies(ACKNOWLEDGED))))
    expect(asked.messages[0]?.params?.notifications).toEqual({ toolsListChanged: true })
    const late = await world.stack.addWorker({}, LATE_PROJECT)
    for (const stream of [asked, alsoAsked]) await stream.next(notifies('notifications/tools/list_changed'))
    const { tools } = await one.result<{ tools: { name: string }[] }>('tools/list')
    expect(tools.map(({ name }) => name)).toContain('late')
    // What comes after it on the silent one shows that it did not come.
    await one.result('tasks/cancel', { taskId })
    await silent.next(told('cancelled'))
    expect(silent.messages.filter(notifies('notifications/tools/list_changed'))).toEqual([])
    await Promise.all([asked, alsoAsked, silent].map((stream) => stream.cut()))
    await late.process.kill('SIGTERM')
  })

  test('ends in order with its coordinator, and another one takes it up [R29]', async () => {
    const one = client()
    const { taskId } = await submit(one, 'confirm', { filename: 'a' })
    const { process } = await world.stack.addCoordinator()
    const at = world.stack.coordinators.length - 1
    const stream = await one.stream('subscriptions/listen', { notifications: { taskIds: [taskId] } }, { id: 's', at })
    await stream.next(told('input_required'))
    await process.kill('SIGTERM')
    await stream.ended
    expect(stream.messages.at(-1)).toEqual({
      jsonrpc: '2.0',
      id: 's',
      result: { resultType: 'complete', _meta: { [SUBSCRIPTION]: 's', [SERVER_INFO]: expect.anything() } },
    })
    const again = await subscribe(one, taskId)
    await again.next(told('input_required'))
    await again.cut()
  })
}
