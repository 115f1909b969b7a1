import { Connection } from '@longhaul/store'
import { readSettings, text } from '@longhaul/task'
import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  FORM,
  openCoordinator,
  openWorker,
  type TestCoordinator,
  type TestSession,
  type TestWorker,
} from '../../test/coordinator.ts'
import { ModernClient, TASKS } from '../../test/modern-client.ts'

let store: TestStore
let coordinator: TestCoordinator
let worker: TestWorker
let session: TestSession
let modern: ModernClient
let ben: ModernClient
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  await worker.announce([{ name: 'typed', outputSchema: { type: 'object', required: ['sum'] }, definition: 't1' }])
  const apiKeys = ['anna=anna-anna-anna-anna', 'ben=ben-ben-ben-ben-ben']
  coordinator = await openCoordinator(store.url, { apiKeys, taskTools: 'listed', plainCallWaitMs: 400 })
  session = await coordinator.initialize({
    protocolVersion: '2025-06-18',
    headers: { authorization: 'Bearer anna-anna-anna-anna' },
  })
  modern = new ModernClient(coordinator.address, 'anna-anna-anna-anna')
  ben = new ModernClient(coordinator.address, 'ben-ben-ben-ben-ben')
})
afterAll(async () => {
  await coordinator.close()
  await worker.close()
  await store.stop()
})

const LOOKING = ['get_task', 'wait_for_task', 'list_tasks']
const ACTING = ['answer_task', 'steer_task', 'pause_task', 'resume_task', 'cancel_task']
const TASK_TOOLS = [...LOOKING, ...ACTING]
const use = async (name: string, args: object = {}, client = modern) =>
  (await client.ask('tools/call', { name, arguments: args })).body.result

/** A call of a client of 2025-06-18, and what it was answered. */
async function plainCall(id: string) {
  const stream = await session.stream(id, 'tools/call', { name: 'look' })
  const { message } = await stream.nextMessage()
  return message.result
}

test('they are listed to every client, with what a model must know', async () => {
  const legacy = (await session.request('tools/list')).body.result.tools
  const current = (await modern.ask('tools/list')).body.result.tools
  for (const tools of [legacy, current]) {
    expect(tools.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['look', ...TASK_TOOLS]))
  }
  const wait = current.find(({ name }: { name: string }) => name === 'wait_for_task')
  expect(wait).toMatchObject({
    title: 'Wait for a task',
    annotations: { readOnlyHint: true },
    inputSchema: { type: 'object', properties: { taskId: { type: 'string' } }, required: ['taskId'] },
  })
  expect(wait.description).toContain('again')
})

test('tasks are listed that ask what the user may answer', async () => {
  const { body } = await modern.ask('tools/call', { name: 'look' }, { capabilities: TASKS })
  const { taskId } = body.result
  await worker.ask(taskId, { key: 'q1', question: FORM })
  const told = await use('list_tasks', { asking: true })
  expect(told.structuredContent.tasks).toMatchObject([
    { taskId, owner: { subject: 'anna' }, questions: [{ key: 'q1', for: 'person', message: 'Go on?' }] },
  ])
  expect(told.content[0].text).toContain(`${taskId}  look  of anna\nIt asks a person, question 'q1': Go on?`)
  expect((await use('list_tasks', { asking: true }, ben)).content[0].text).toBe('Nobody is asked anything.')
  await use('cancel_task', { taskId })
})

test('a task is told with how its budgets stand, by every way to look at it', async () => {
  const meta = { 'dev.longhaul/budget': { turns: 3, atLimit: 'end' } }
  const { body } = await modern.ask('tools/call', { name: 'look' }, { capabilities: TASKS, meta })
  const { taskId } = body.result
  const { ledger } = await worker.claim(taskId)
  const most = { tokens: 0, nanoUsd: 0, turns: 1, toolCalls: 0 }
  await ledger.save({ entries: [], waits: [], reservations: [{ step: 'm1', most }] })
  const budgets = [{ of: 'tree', taskId, atLimit: 'end', limits: { turns: { used: 0, held: 1, cap: 3 } } }]
  const told = await use('get_task', { taskId })
  expect(told.structuredContent).toMatchObject({ budgets })
  expect(told.content[0].text).toContain('Used of its budget: 0 of 3 turns of models (1 held).')
  expect((await modern.ask('longhaul/tasks/get', { taskId })).body.result.task).toMatchObject({ budgets })
  const uri = `longhaul://tasks/${taskId}/result`
  const resource = (await modern.ask('resources/read', { uri })).body.result.contents[0]
  expect(JSON.parse(resource.text)).toMatchObject({ budgets })
  await use('cancel_task', { taskId })
})

describe('a plain call that takes too long', () => {
  test('is answered with its task, which goes on; the tools finish the job', async () => {
    const handle = await plainCall('slow')
    const { taskId } = handle.structuredContent
    expect(handle).toMatchObject({
      content: [
        text('This is not finished yet, and goes on as a task.'),
        text(
          `Task ${taskId} (look) is working.\nCall wait_for_task to wait for it, or come back later with get_task; it goes on by itself.`,
        ),
      ],
      structuredContent: { tool: 'look', status: 'working' },
    })
    expect((await use('list_tasks')).structuredContent.tasks).toContainEqual(
      expect.objectContaining({ taskId, tool: 'look', status: 'working' }),
    )
    const waiting = use('wait_for_task', { taskId, timeoutSeconds: 20 })
    await worker.finish(taskId)
    expect(await waiting).toMatchObject({
      content: [text(`Task ${taskId} (look) is completed.`), text('Its result:'), text('seen')],
      structuredContent: { taskId, status: 'completed' },
    })
  })

  test('hears no progress of it any more, on any stream', async () => {
    const newest = await coordinator.initialize({ headers: { authorization: 'Bearer anna-anna-anna-anna' } })
    const listening = await newest.listen()
    const _meta = (progressToken: string) => ({ _meta: { progressToken } })
    const call = await newest.stream('answered', 'tools/call', { name: 'look', ..._meta('call') })
    const { ledger } = await worker.claim((await call.nextMessage()).message.result.structuredContent.taskId)
    await ledger.progress({ progress: 1 })
    // The progress of a task comes on the session's stream, after what the call would have had to say.
    const task = await worker.claim(await newest.createTask('look', {}, _meta('task')))
    await task.ledger.progress({ progress: 1 })
    const { message } = await listening.nextMessage('notifications/progress')
    expect(message.params.progressToken).toBe('task')
    listening.leave()
  })

  test('is an error where its tool has an output schema, which a handle would not fit', async () => {
    const stream = await session.stream('typed', 'tools/call', { name: 'typed' })
    const { result } = (await stream.nextMessage()).message
    expect(result).toMatchObject({ isError: true })
    expect(result.content[0]).toEqual(text('This is not finished yet, and goes on as a task.'))
    expect(result).not.toHaveProperty('structuredContent')
  })
})

test('a wait may be as long as a call, and ends early with the coordinator', async () => {
  const patient = await openCoordinator(store.url, { taskTools: 'listed', plainCallWaitMs: 0 })
  const client = new ModernClient(patient.address)
  const connection = new Connection({ url: store.url, settings: readSettings({}), whenAway: 'fail' })
  onTestFinished(() => connection.close())
  const submit = async () => (await client.ask('tools/call', { name: 'look' }, { capabilities: TASKS })).body.result
  const wait = async () => {
    const { taskId } = await submit()
    const waiting = use('wait_for_task', { taskId }, client)
    await expect.poll(() => connection.send((redis) => redis.pubsub('CHANNELS', `*${taskId}`))).toHaveLength(1)
    return { taskId, waiting }
  }
  const one = await wait()
  await worker.finish(one.taskId)
  expect((await one.waiting).structuredContent).toMatchObject({ status: 'completed' })
  const two = await wait()
  const closed = patient.close()
  expect((await two.waiting).structuredContent).toMatchObject({ status: 'working' })
  await closed
})

test('a call that asks what its client cannot be asked is answered at once with the question', async () => {
  const stream = await modern.stream('tools/call', { name: 'look', arguments: { at: 'asks' } })
  const { taskId } = (await use('list_tasks')).structuredContent.tasks[0]
  await worker.ask(taskId, { key: 'q1', question: FORM })
  const { result } = (await stream.nextMessage()).message
  expect(result.structuredContent).toMatchObject({
    taskId,
    status: 'input_required',
    questions: [{ key: 'q1', for: 'person', message: 'Go on?', fields: FORM.requestedSchema }],
  })
  expect(result.content[1].text).toContain('Ask the user, then call answer_task')

  const refused = await use('answer_task', { taskId, question: 'q1', action: 'accept', content: { ok: 'yes' } })
  expect(refused).toMatchObject({ isError: true })
  expect(refused.content[0].text).toContain('The answer does not fit its question')
  const answered = await use('answer_task', { taskId, question: 'q1', action: 'accept', content: { ok: true } })
  expect(answered.structuredContent).toMatchObject({ taskId, status: 'working' })
  expect((await use('cancel_task', { taskId })).structuredContent.status).toBe('cancelled')
})

test.each(TASK_TOOLS.filter((name) => name !== 'list_tasks'))(
  '%s knows nothing of the tasks of others',
  async (name) => {
    const handle = await plainCall(`for ${name}`)
    const { taskId } = handle.structuredContent
    const more = { message: 'Go west.', question: 'q1', action: 'decline' }
    const refused = { isError: true, content: [text('Task not found')] }
    expect(await use(name, { taskId, ...more }, ben)).toMatchObject(refused)
    expect(await use(name, { taskId: 'none', ...more }, ben)).toMatchObject(refused)
  },
)

test('a task is paused, says so to everybody who looks, and is resumed', async () => {
  const { taskId } = (await plainCall('paused')).structuredContent
  const paused = await use('pause_task', { taskId })
  const since = paused.structuredContent.pausedAt
  const why = `Paused since ${since}. It goes on when it is resumed.`
  const words = `Task ${taskId} (look) is working.\n${why}\nCall resume_task to let it go on, when the user wants that.`
  expect(paused).toMatchObject({ content: [text(words)], structuredContent: { status: 'working', statusMessage: why } })
  // There is nothing to wait for.
  expect(await use('wait_for_task', { taskId, timeoutSeconds: 60 })).toEqual(paused)
  expect((await session.request('tasks/get', { taskId })).body.error?.message).toBe('Method not found')
  expect((await use('resume_task', { taskId })).structuredContent).not.toHaveProperty('pausedAt')
  await worker.finish(taskId)
  expect(await use('pause_task', { taskId })).toMatchObject({
    isError: true,
    content: [text('Cannot pause the task: it is over already.')],
  })
})

test('a tool that is no agent is sent no messages', async () => {
  const { taskId } = (await plainCall('silent')).structuredContent
  expect(await use('steer_task', { taskId, message: 'Go west.' })).toMatchObject({
    isError: true,
    content: [text("Cannot steer the task: 'look' has no model that would take a message.")],
  })
})

test('an agent is sent a message', async () => {
  await worker.announce([{ name: 'clerk', steerable: true, definition: 'c1' }])
  const stream = await session.stream('clerk', 'tools/call', { name: 'clerk' })
  const { taskId } = (await stream.nextMessage()).message.result.structuredContent
  const sent = await use('steer_task', { taskId, message: 'Go west.' })
  expect(sent.structuredContent).toMatchObject({ taskId, status: 'working' })
  const { journal } = await worker.claim(taskId)
  expect(journal).toMatchObject([{ type: 'steered', text: 'Go west.' }])
})

test('wrong arguments are told to the model', async () => {
  expect(await use('get_task', { id: 'x' })).toMatchObject({
    isError: true,
    content: [
      text("Invalid arguments for tool 'get_task': taskId: Invalid input: expected string, received undefined."),
    ],
  })
})

test('a tool of the project comes before one of its name', async () => {
  await worker.announce([{ name: 'get_task', description: 'Mine.', definition: 'mine' }])
  await expect
    .poll(async () => {
      const { tools } = (await modern.ask('tools/list')).body.result
      return tools.filter(({ name }: { name: string }) => name === 'get_task')
    })
    .toEqual([expect.objectContaining({ description: 'Mine.' })])
})
