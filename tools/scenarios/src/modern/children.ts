import { expect, test } from 'vitest'
import { getTask as getLegacy, RELATED_TASK, resultOf, submit as submitLegacy } from '../legacy/tasks.ts'
import { ASKABLE, WireModern } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import { answers, asks } from '../wire-stream.ts'
import type { World } from '../world.ts'
import { type Round, reach, settle, submit, update } from './tasks.ts'

const YES = { action: 'accept', content: { confirm: true } }
const ARGUMENTS = { filename: 'a', levels: 2 }

/** What tasks ask that were called by others: a client sees only the task that it submitted. */
export function children(world: World): void {
  test('a client that takes tasks finds the question of a task two levels below in its own, and answers it', async () => {
    const modern = new WireModern(world)
    const { taskId } = await submit(modern, 'delegate', ARGUMENTS)
    const { inputRequests = {} } = await reach(modern, taskId, 'input_required')
    const [[key, request] = expect.fail()] = Object.entries(inputRequests)
    expect(request).toMatchObject({ method: 'elicitation/create', params: { message: 'Delete a?' } })
    await update(modern, taskId, { [key]: YES })
    expect(await settle(modern, taskId)).toMatchObject({ result: { content: [{ text: 'deleted a' }] } })
  })

  test('a client that knows no tasks is asked in rounds of its call', async () => {
    const plain = new WireModern(world, { capabilities: ASKABLE })
    const call = { name: 'delegate', arguments: ARGUMENTS }
    const { requestState, inputRequests = {} } = await plain.result<Round>('tools/call', call)
    const [key = ''] = Object.keys(inputRequests)
    const again = { ...call, requestState, inputResponses: { [key]: YES } }
    expect(await plain.result<Round>('tools/call', again)).toMatchObject({ content: [{ text: 'deleted a' }] })
  })

  test('a session is asked on the stream that waits for its task, which is said to be the one that asks', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submitLegacy(session, 'delegate', ARGUMENTS)
    const stream = await session.stream('tasks/result', { taskId }, { id: 'wait' })
    const question = await stream.next(asks('elicitation/create'))
    expect(question.params).toMatchObject({ message: 'Delete a?', _meta: { [RELATED_TASK]: { taskId } } })
    expect(await getLegacy(session, taskId)).toMatchObject({ status: 'input_required' })
    await session.answer(question, YES)
    expect((await stream.next(answers('wait'))).result).toMatchObject({ content: [{ text: 'deleted a' }] })
  })

  test('a session is asked on its own stream where no other is open, and finds only its task in the list', async () => {
    const session = await WireSession.open(world)
    const listening = await session.listen()
    const { taskId } = await submitLegacy(session, 'delegate', ARGUMENTS)
    const question = await listening.next(asks('elicitation/create'))
    const { tasks } = await session.result<{ tasks: { taskId: string; status: string }[] }>('tasks/list')
    expect(tasks.filter(({ status }) => status === 'input_required').map((task) => task.taskId)).toEqual([taskId])
    await session.answer(question, YES)
    expect(await resultOf(session, taskId)).toMatchObject({ content: [{ text: 'deleted a' }] })
    await listening.cut()
  })
}
