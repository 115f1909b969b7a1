import { expect, test } from 'vitest'
import { getTask as getLegacy, resultOf, submit as submitLegacy } from '../legacy/tasks.ts'
import { WireModern } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import { answers, asks, notifies } from '../wire-stream.ts'
import type { World } from '../world.ts'
import { getTask, reach, settle, submit, subscribe, update } from './tasks.ts'

const YES = { action: 'accept', content: { confirm: true } }

/** Tasks that clients of one era made, for those of the other. */
export function acrossEras(world: World): void {
  const both = async () => ({ session: await WireSession.open(world), modern: new WireModern(world) })

  test('a session reads, lists, answers and waits for a task that a client without sessions made [U40]', async () => {
    const { session, modern } = await both()
    const { taskId, createdAt } = await submit(modern, 'confirm', { filename: 'a' })
    const { tasks } = await session.result<{ tasks: { taskId: string }[] }>('tasks/list')
    expect(tasks.map((task) => task.taskId)).toContain(taskId)
    const stream = await session.stream('tasks/result', { taskId }, { id: 'wait' })
    const question = await stream.next(asks('elicitation/create'))
    expect(await getLegacy(session, taskId)).toMatchObject({ taskId, createdAt, status: 'input_required' })
    await session.answer(question, YES)
    expect((await stream.next(answers('wait'))).result).toMatchObject({ content: [{ text: 'deleted a' }] })
    expect(await getTask(modern, taskId)).toMatchObject({ result: { content: [{ text: 'deleted a' }] } })
  })

  test('a client without sessions reads, answers and waits for a task that a session made [U40]', async () => {
    const { session, modern } = await both()
    const { taskId, createdAt } = await submitLegacy(session, 'two_questions')
    const { inputRequests = {} } = await reach(modern, taskId, 'input_required')
    expect(await getTask(modern, taskId)).toMatchObject({ taskId, createdAt, status: 'input_required' })
    await update(modern, taskId, { color: { action: 'accept', content: { color: 'red' } } })
    await update(modern, taskId, { name: { action: 'accept', content: { name: 'Ann' } } })
    expect(Object.keys(inputRequests).length).toBeGreaterThan(0)
    expect(await settle(modern, taskId)).toMatchObject({ result: { content: [{ text: 'Ann likes red' }] } })
    expect(await resultOf(session, taskId)).toMatchObject({ content: [{ text: 'Ann likes red' }] })
  })

  test('of the answers of both eras to one question the first counts', async () => {
    const { session, modern } = await both()
    const { taskId } = await submitLegacy(session, 'confirm', { filename: 'a' })
    const stream = await session.stream('tasks/result', { taskId }, { id: 'wait' })
    const question = await stream.next(asks('elicitation/create'))
    const { inputRequests = {} } = await getTask(modern, taskId)
    const [key = ''] = Object.keys(inputRequests)
    await update(modern, taskId, { [key]: { action: 'decline' } })
    expect((await session.answer(question, YES)).status).toBe(202)
    expect((await stream.next(answers('wait'))).result).toMatchObject({ content: [{ text: 'kept a: decline' }] })
  })

  test('each era cancels the tasks of the other, and both hear of it [U29 T35]', async () => {
    const { session, modern } = await both()
    const listening = await session.listen()
    const [theirs, ours] = [
      await submitLegacy(session, 'slow', { ms: 60_000 }),
      await submit(modern, 'slow', { ms: 60_000 }),
    ]
    const subscription = await subscribe(modern, theirs.taskId, ours.taskId)
    await modern.result('tasks/cancel', { taskId: theirs.taskId })
    await listening.next(notifies('notifications/tasks/status', 'taskId', theirs.taskId))
    expect(await getLegacy(session, theirs.taskId)).toMatchObject({ status: 'cancelled' })
    expect(await session.result('tasks/cancel', { taskId: ours.taskId })).toMatchObject({ status: 'cancelled' })
    const isCancelled = (taskId: string) =>
      subscription.next(({ params }) => params?.taskId === taskId && params.status === 'cancelled')
    await Promise.all([isCancelled(theirs.taskId), isCancelled(ours.taskId)])
    expect((await session.error('tasks/cancel', { taskId: ours.taskId })).code).toBe(-32602)
    await modern.result('tasks/cancel', { taskId: theirs.taskId })
    await Promise.all([listening.cut(), subscription.cut()])
  })

  test('one task has the words of each era for how it ended [T34 U18]', async () => {
    const { session, modern } = await both()
    const { taskId } = await submit(modern, 'fails')
    const told = await settle(modern, taskId)
    expect(told).toMatchObject({ status: 'completed', result: { isError: true } })
    expect(await getLegacy(session, taskId)).toMatchObject({ status: 'failed', statusMessage: told.statusMessage })
    const broken = await submitLegacy(session, 'protocol_error')
    expect(await settle(modern, broken.taskId)).toMatchObject({ status: 'failed', error: { code: 4001 } })
    expect(await session.error('tasks/result', { taskId: broken.taskId })).toMatchObject({ code: 4001 })
  })

  test("a call in rounds is a task that its owner's sessions see, and may answer", async () => {
    const session = await WireSession.open(world, { person: 'bob' })
    const caller = new WireModern(world, { person: 'bob', capabilities: {} })
    const stream = await caller.stream(
      'tools/call',
      { name: 'progress', arguments: { to: 1, ask: true } },
      {
        id: 'call',
        capabilities: { elicitation: {} },
      },
    )
    const round = (await stream.next(answers('call'))).result as { requestState: string }
    const { tasks } = await session.result<{ tasks: { taskId: string; status: string }[] }>('tasks/list')
    expect(tasks[0]?.status).toBe('input_required')
    const waiting = await session.stream('tasks/result', { taskId: tasks[0]?.taskId })
    await session.answer(await waiting.next(asks('elicitation/create')), { action: 'accept', content: {} })
    const again = { name: 'progress', arguments: { to: 1, ask: true }, requestState: round.requestState }
    expect(await caller.result('tools/call', again)).toMatchObject({ content: [{ text: 'counted to 1' }] })
    await waiting.ended
  })
}
