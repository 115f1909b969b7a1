import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'
import { ABLE, WireSession } from '../wire-session.ts'
import { answers, asks } from '../wire-stream.ts'
import type { World } from '../world.ts'
import { getTask, RELATED_TASK, resultOf, submit, UNKNOWN_TASK } from './tasks.ts'

/** tasks/get and tasks/result. */
export function results(world: World): void {
  test.each(['tasks/get', 'tasks/result', 'tasks/cancel'])(
    '%s of an id that no task has is an error [T16 T25 T36]',
    async (method) => {
      const session = await WireSession.open(world)
      for (const taskId of [UNKNOWN_TASK, 'x', '', '../../etc', 'é'.repeat(500)]) {
        expect(await session.error(method, { taskId })).toEqual({ code: -32602, message: 'Task not found' })
      }
      for (const params of [{}, { taskId: 7 }, { taskId: null }]) {
        expect((await session.error(method, params)).code).toBe(-32602)
      }
    },
  )

  test('tells of a task flat, in JSON, without related-task metadata, and looks only at taskId [T16 T17 T18]', async () => {
    const session = await WireSession.open(world)
    const task = await submit(session, 'divide', { a: 1, b: 2 })
    const other = await submit(session, 'fails')
    await resultOf(session, task.taskId)

    const params = { taskId: task.taskId, _meta: { [RELATED_TASK]: { taskId: other.taskId } } }
    const { message, headers } = await session.ask('tasks/get', params)
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    expect(message.result).toEqual({
      taskId: task.taskId,
      status: 'completed',
      createdAt: task.createdAt,
      lastUpdatedAt: expect.any(String),
      ttl: expect.any(Number),
      pollInterval: 50,
    })
  })

  test('waits through a question until the task is over [T20 T26]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'confirm', { filename: 'a.txt' })
    const stream = await session.stream('tasks/result', { taskId }, { id: 'wait' })
    const question = await stream.next(asks('elicitation/create'))

    expect((await getTask(session, taskId)).status).toBe('input_required')
    expect(stream.messages.filter(answers('wait'))).toEqual([])
    await session.answer(question, { action: 'accept', content: { confirm: true } })
    const { result } = await stream.next(answers('wait'))
    expect(result).toMatchObject({ content: [{ type: 'text', text: 'deleted a.txt' }] })
    await stream.ended
    expect((await getTask(session, taskId)).status).toBe('completed')
  })

  test('gives the result of the call, with its own metadata and the task that it belongs to [T21 T22]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'gallery')
    const result = await resultOf(session, taskId)
    const plain = await session.result<CallToolResult>('tools/call', { name: 'gallery', arguments: {} })

    expect(plain._meta).toEqual({ 'example.org/room': 3 })
    expect(result).toEqual({ ...plain, _meta: { 'example.org/room': 3, [RELATED_TASK]: { taskId } } })
  })

  test('gives a result that is an error as a result, of a task that failed [T21 T34 T19]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'fails')
    expect(await resultOf(session, taskId)).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: 'The disk is full.' }],
    })
    expect(await getTask(session, taskId)).toMatchObject({ status: 'failed', statusMessage: 'The disk is full.' })
  })

  test('gives the JSON-RPC error of the call as the same error [T21 T34 T19]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'protocol_error')
    const error = { code: 4001, message: 'The printer is on fire.', data: { printer: 'lp0' } }
    expect(await session.error('tasks/result', { taskId })).toEqual(error)
    expect(await session.error('tools/call', { name: 'protocol_error', arguments: {} })).toEqual(error)
    expect(await getTask(session, taskId)).toMatchObject({ status: 'failed', statusMessage: 'The printer is on fire.' })
  })

  test('gives the result as often as it is asked for, and to all who wait at once [T23]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'confirm', { filename: 'b.txt' })
    const streams = await Promise.all(
      [1, 2, 3].map((number) => session.stream('tasks/result', { taskId }, { id: `r${number}` })),
    )
    const question = await Promise.any(streams.map((stream) => stream.next(asks('elicitation/create'))))
    expect((await getTask(session, taskId)).status).toBe('input_required')
    await session.answer(question, { action: 'decline' })

    const results = await Promise.all(streams.map((stream, place) => stream.next(answers(`r${place + 1}`))))
    const again = await resultOf(session, taskId)
    expect(again.content).toEqual([{ type: 'text', text: 'kept b.txt: decline' }])
    for (const { result } of results) expect(result).toEqual(again)
  })

  test('leaves the task alone when a stream that waits for it breaks [T23 R10]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'confirm', { filename: 'c.txt' })
    const first = await session.stream('tasks/result', { taskId })
    await first.next(asks('elicitation/create'))
    await first.cut()

    const second = await session.stream('tasks/result', { taskId }, { id: 'again' })
    const question = await second.next(asks('elicitation/create'))
    await session.answer(question, { action: 'accept', content: { confirm: true } })
    expect((await second.next(answers('again'))).result).toMatchObject({
      content: [{ type: 'text', text: 'deleted c.txt' }],
    })
  })

  test('answers all who wait for a cancelled task, before and after, with one and the same error [T24 T35]', async () => {
    const session = await WireSession.open(world, { capabilities: ABLE })
    const { taskId } = await submit(session, 'slow', { ms: 60_000 })
    const waiting = await session.stream('tasks/result', { taskId }, { id: 'wait' })
    const cancelled = await session.result('tasks/cancel', { taskId })
    expect(cancelled).toMatchObject({ taskId, status: 'cancelled' })

    const { error } = await waiting.next(answers('wait'))
    expect(error).toEqual({ code: -32603, message: 'Task cancelled', data: { taskId, reason: expect.any(String) } })
    expect(await session.error('tasks/result', { taskId })).toEqual(error)
    expect(await session.error('tasks/result', { taskId })).toEqual(error)
  })
}
