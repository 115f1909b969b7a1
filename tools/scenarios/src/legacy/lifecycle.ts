import type { ListTasksResult, Task } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'
import { WireSession } from '../wire-session.ts'
import { answers, asks, notifies, type WireStream } from '../wire-stream.ts'
import { PAGE_SIZE, type World } from '../world.ts'
import { getTask, RELATED_TASK, resultOf, submit } from './tasks.ts'

/** Statuses, cancelling, listing, notifications, progress. */
export function lifecycle(world: World): void {
  test('goes from working over input_required to a terminal status, and says so on the session stream [T26 T33 T39]', async () => {
    const session = await WireSession.open(world)
    const listening = await session.listen()
    const { taskId } = await submit(session, 'confirm', { filename: 'a.txt' })
    const question = await listening.next(asks('elicitation/create'))
    await session.answer(question, { action: 'accept', content: { confirm: false } })
    const isEnd = notifies('notifications/tasks/status', 'status', 'completed')
    const { params } = await listening.next(isEnd)

    expect(params).toEqual(await getTask(session, taskId))
    const statuses = listening.messages
      .filter(notifies('notifications/tasks/status'))
      .map((message) => message.params?.status)
    // A status is told as it is by then: that it worked for a moment in between may be over.
    expect(statuses[0]).toBe('input_required')
    expect(statuses.at(-1)).toBe('completed')
    await listening.cut()
  })

  test('cancels a task that works, before it answers, and for good [T35]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'slow', { ms: 60_000 })
    const cancelled = await session.result<Task>('tasks/cancel', { taskId })
    expect(cancelled).toEqual(await getTask(session, taskId))
    expect(cancelled.status).toBe('cancelled')
  })

  test('cancels a task that asks, and takes no answer any more [T33 T35]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'confirm', { filename: 'a.txt' })
    const stream = await session.stream('tasks/result', { taskId })
    const question = await stream.next(asks('elicitation/create'))
    await session.result('tasks/cancel', { taskId })

    expect((await session.answer(question, { action: 'accept', content: { confirm: true } })).status).toBe(202)
    expect((await getTask(session, taskId)).status).toBe('cancelled')
    await stream.ended
  })

  test.each(['divide', 'fails', 'protocol_error'])(
    'does not cancel a task of %s that is over [T33 T36]',
    async (tool) => {
      const session = await WireSession.open(world)
      const { taskId } = await submit(session, tool, { a: 1, b: 2 })
      await session.ask('tasks/result', { taskId })
      const before = await getTask(session, taskId)
      expect((await session.error('tasks/cancel', { taskId })).code).toBe(-32602)
      expect(await getTask(session, taskId)).toEqual(before)
    },
  )

  test('does not cancel a task twice [T36]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'slow', { ms: 60_000 })
    await session.result('tasks/cancel', { taskId })
    expect((await session.error('tasks/cancel', { taskId })).code).toBe(-32602)
  })

  test('goes on with a task whose request is cancelled after it was answered [T37]', async () => {
    const session = await WireSession.open(world)
    const { message } = await session.ask(
      'tools/call',
      { name: 'confirm', arguments: { filename: 'a.txt' }, task: {} },
      { id: 'call' },
    )
    const { taskId } = (message.result as { task: Task }).task
    expect(await session.notify('notifications/cancelled', { requestId: 'call' })).toBe(202)

    const stream = await session.stream('tasks/result', { taskId }, { id: 'wait' })
    await session.answer(await stream.next(asks('elicitation/create')), { action: 'cancel' })
    expect((await stream.next(answers('wait'))).result).toMatchObject({ content: [{ text: 'kept a.txt: cancel' }] })
  })

  test('lists all tasks of the one who asks, newest first, in pages that any coordinator continues [T38 F19]', async () => {
    const session = await WireSession.open(world, { person: 'bob' })
    const made: string[] = []
    for (let count = 0; count < 2 * PAGE_SIZE + 1; count++)
      made.unshift((await submit(session, 'divide', { a: 1, b: 1 })).taskId)

    const listed: string[] = []
    let cursor: string | undefined
    do {
      const page: ListTasksResult = await session.result<ListTasksResult>(
        'tasks/list',
        cursor === undefined ? undefined : { cursor },
      )
      expect(page.tasks.length).toBeLessThanOrEqual(PAGE_SIZE)
      listed.push(...page.tasks.map(({ taskId }) => taskId))
      cursor = page.nextCursor
    } while (cursor !== undefined && listed.length < made.length)
    expect(listed.slice(0, made.length)).toEqual(made)
  })

  test('tells the same of a task in a list as by itself [T12 T16]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'fails')
    await resultOf(session, taskId)
    const { tasks } = await session.result<ListTasksResult>('tasks/list')
    expect(tasks.find((task) => task.taskId === taskId)).toEqual(await getTask(session, taskId))
  })

  test.each(['', 'x', 'MS54', '\u0000', 'x'.repeat(2000)])('refuses the cursor %j [T38 F19]', async (cursor) => {
    const session = await WireSession.open(world)
    expect((await session.error('tasks/list', { cursor })).code).toBe(-32602)
    expect((await session.error('tools/list', { cursor })).code).toBe(-32602)
  })

  test('tells the progress of a task under the token of its call, on the stream that waits for it [T27 T40 F20]', async () => {
    const session = await WireSession.open(world)
    const listening = await session.listen()
    const { taskId } = await submit(session, 'progress', { to: 3, ask: true }, { _meta: { progressToken: 'p1' } })
    const stream = await session.stream('tasks/result', { taskId }, { id: 'wait' })
    const question = await Promise.any([stream, listening].map((one) => one.next(asks('elicitation/create'))))
    await session.answer(question, { action: 'accept', content: {} })
    await stream.next(answers('wait'))

    const told = stream.messages.filter(notifies('notifications/progress', 'progressToken', 'p1'))
    expect(told.at(-1)?.params).toEqual({
      progressToken: 'p1',
      progress: 3,
      total: 3,
      message: 'counted 3',
      _meta: { [RELATED_TASK]: { taskId } },
    })
    await listening.next(notifies('notifications/tasks/status', 'status', 'completed'))
    expect(listening.messages.filter(notifies('notifications/progress'))).toEqual([])
    await listening.cut()
  })

  test('tells progress on the session stream where nothing else waits for the task [T40]', async () => {
    const session = await WireSession.open(world)
    const listening = await session.listen()
    const { taskId } = await submit(
      session,
      'progress',
      { to: 2, ask: true, everyMs: 50 },
      { _meta: { progressToken: 42 } },
    )
    await session.answer(await listening.next(asks('elicitation/create')), { action: 'accept', content: {} })
    await listening.next(notifies('notifications/tasks/status', 'status', 'completed'))

    const told = listening.messages.filter(notifies('notifications/progress', 'progressToken', 42))
    expect(told[0]?.params).toMatchObject({ progress: 1, total: 2, _meta: { [RELATED_TASK]: { taskId } } })
    const last = listening.messages.findLastIndex(notifies('notifications/progress'))
    expect(last).toBeLessThan(
      listening.messages.findIndex(notifies('notifications/tasks/status', 'status', 'completed')),
    )
    await listening.cut()
  })

  test('tells each progress on one stream only, of all that a session has open [T29 F20]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'progress', { to: 5, ask: true }, { _meta: { progressToken: 'once' } })
    const listening = await session.listen()
    const waiting = await Promise.all(['r1', 'r2'].map((id) => session.stream('tasks/result', { taskId }, { id })))
    const question = await Promise.any([listening, ...waiting].map((one) => one.next(asks('elicitation/create'))))
    await session.answer(question, { action: 'accept', content: {} })
    await Promise.all(waiting.map((one) => one.ended))

    const told = [listening, ...waiting].flatMap(progressOf)
    expect(told).toEqual([...new Set(told)])
    expect(told).toContain(5)
    await listening.cut()
  })

  test('tells each progress of a plain call on its stream only, also to a client that can answer nothing [T29 F20]', async () => {
    const session = await WireSession.open(world, { capabilities: {} })
    const listening = await session.listen()
    const params = { name: 'progress', arguments: { to: 4, everyMs: 20 }, _meta: { progressToken: 'plain' } }
    const stream = await session.stream('tools/call', params, { id: 'call' })
    await stream.next(answers('call'))
    // What is said of a later task comes after all that is said of this one.
    const { taskId } = await submit(session, 'divide', { a: 1, b: 1 })
    await listening.next(notifies('notifications/tasks/status', 'taskId', taskId))

    expect(progressOf(stream)).toContain(4)
    expect(listening.messages).toHaveLength(1)
    expect(stream.messages.find(notifies('notifications/progress'))?.params).not.toHaveProperty('_meta')
    await listening.cut()
  })

  test('tells no progress to a session that did not give the token [T40 F20]', async () => {
    const caller = await WireSession.open(world)
    const other = await WireSession.open(world)
    const { taskId } = await submit(caller, 'progress', { to: 3, ask: true }, { _meta: { progressToken: 1 } })
    const [mine, theirs] = await Promise.all([caller, other].map((one) => one.stream('tasks/result', { taskId })))
    const question = await Promise.any([mine, theirs].map((one) => one?.next(asks('elicitation/create'))))
    await caller.answer(question ?? {}, { action: 'accept', content: {} })
    await Promise.all([mine?.ended, theirs?.ended])
    expect(mine && progressOf(mine)).toContain(3)
    expect(theirs && progressOf(theirs)).toEqual([])
  })
}

const progressOf = ({ messages }: WireStream): unknown[] =>
  messages.filter(notifies('notifications/progress')).map(({ params }) => params?.progress)
