import type { ListTasksResult } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'
import { WireSession } from '../wire-session.ts'
import { answers, asks, notifies } from '../wire-stream.ts'
import type { World } from '../world.ts'
import { getTask, resultOf, submit, UNKNOWN_TASK } from './tasks.ts'

const YES = { action: 'accept', content: { confirm: true } }

/** Two people, and one with a right to read. */
export function isolation(world: World): void {
  test.each(['tasks/get', 'tasks/result', 'tasks/cancel'])(
    "%s of another's task reads, byte for byte, like that of none [T41 T16 T25 T36]",
    async (method) => {
      const alice = await WireSession.open(world)
      const open = await submit(alice, 'confirm', { filename: 'a' })
      const over = await submit(alice, 'divide', { a: 1, b: 1 })
      await resultOf(alice, over.taskId)

      const replies = await Promise.all(
        [UNKNOWN_TASK, open.taskId, over.taskId].map(async (taskId) => {
          const bob = await WireSession.open(world, { person: 'bob' })
          const { status, headers, text } = await bob.ask(method, { taskId }, { id: 'same' })
          return { status, text, type: headers.get('content-type'), length: headers.get('content-length') }
        }),
      )
      expect(replies[0]?.text).toBe('{"jsonrpc":"2.0","id":"same","error":{"code":-32602,"message":"Task not found"}}')
      expect(replies[1]).toEqual(replies[0])
      expect(replies[2]).toEqual(replies[0])
      expect((await getTask(alice, open.taskId)).status).not.toBe('cancelled')
    },
  )

  test('does not tell whose a session is: that of another is as unknown as none [R17 R15]', async () => {
    const alice = await WireSession.open(world)
    const [foreign, none] = await Promise.all(
      [alice.id, 'x'.repeat(32)].map(async (id) => {
        const bob = await WireSession.open(world, { person: 'bob' })
        const headers = { 'mcp-session-id': id }
        const replies = [await bob.ask('ping', undefined, { id: 'p', headers }), await bob.end({ headers })]
        const stream = await bob.listen({ headers })
        return [...replies.map(({ status, text }) => [status, text]), stream.status]
      }),
    )
    expect(foreign).toEqual(none)
    expect(foreign?.at(-1)).toBe(404)
    expect(await alice.result('ping')).toEqual({})
  })

  test('lists nothing of another [T41 T38]', async () => {
    const [alice, bob] = await Promise.all([WireSession.open(world), WireSession.open(world, { person: 'bob' })])
    const mine = await submit(alice, 'divide', { a: 1, b: 1 })
    const theirs = await submit(bob, 'divide', { a: 1, b: 1 })
    const idsOf = async (session: WireSession) => {
      const ids: string[] = []
      for (let cursor: string | undefined; ; ) {
        const page: ListTasksResult = await session.result<ListTasksResult>('tasks/list', { ...(cursor && { cursor }) })
        ids.push(...page.tasks.map(({ taskId }) => taskId))
        if (page.nextCursor === undefined) return ids
        cursor = page.nextCursor
      }
    }
    const [aliceIds, bobIds] = [await idsOf(alice), await idsOf(bob)]
    expect(aliceIds).toContain(mine.taskId)
    expect(bobIds).toContain(theirs.taskId)
    expect(aliceIds.filter((id) => bobIds.includes(id))).toEqual([])
  })

  test('takes no answer from another, and does not say so [T41 T30]', async () => {
    const alice = await WireSession.open(world)
    const bob = await WireSession.open(world, { person: 'bob' })
    const { taskId } = await submit(alice, 'confirm', { filename: 'a' })
    const stream = await alice.stream('tasks/result', { taskId }, { id: 'wait' })
    const question = await stream.next(asks('elicitation/create'))
    const attempts = [question.id, `${UNKNOWN_TASK}.elicit1.1`].map(async (id) => {
      const { status, text } = await bob.answer({ id: id ?? '' }, YES)
      return { status, text }
    })
    const [foreign, none] = await Promise.all(attempts)
    expect(foreign).toEqual(none)
    expect((await getTask(alice, taskId)).status).toBe('input_required')
    await alice.answer(question, { action: 'decline' })
    await stream.next(answers('wait'))
  })

  test("resumes no stream of another's task [T41 R17]", async () => {
    const alice = await WireSession.open(world)
    const bob = await WireSession.open(world, { person: 'bob' })
    const stream = await alice.stream('tools/call', { name: 'confirm', arguments: { filename: 'a' } }, { id: 'call' })
    const question = await stream.next(asks('elicitation/create'))
    const own = await bob.stream('tools/call', { name: 'confirm', arguments: { filename: 'b' } }, { id: 'call' })
    const resumed = await bob.resume(stream.lastEventId)
    await resumed.ended
    const error = { code: -32602, message: 'Task not found' }
    expect(resumed.messages).toEqual([{ jsonrpc: '2.0', id: 'call', error }])
    await own.cut()
    // The one whose question it is still has it.
    expect(stream.messages.filter(asks('elicitation/create'))).toHaveLength(1)
    await alice.answer(question, YES)
    expect((await stream.next(answers('call'))).result).toMatchObject({ content: [{ text: 'deleted a' }] })
  })

  test('calls off no request of another [F21 R17]', async () => {
    const alice = await WireSession.open(world)
    const bob = await WireSession.open(world, { person: 'bob' })
    const stream = await alice.stream('tools/call', { name: 'confirm', arguments: { filename: 'a' } }, { id: 'call' })
    const question = await stream.next(asks('elicitation/create'))
    await bob.notify('notifications/cancelled', { requestId: 'call' })
    await alice.answer(question, YES)
    expect((await stream.next(answers('call'))).result).toMatchObject({ content: [{ text: 'deleted a' }] })
  })

  test('lets somebody with the right read the tasks of others, and no more [T41]', async () => {
    const alice = await WireSession.open(world)
    const reader = await WireSession.open(world, { person: 'reader' })
    const { taskId } = await submit(alice, 'confirm', { filename: 'a' })
    const watching = await reader.stream('tasks/result', { taskId }, { id: 'watch' })
    const listening = await reader.listen()
    const waiting = await alice.stream('tasks/result', { taskId }, { id: 'wait' })
    const question = await waiting.next(asks('elicitation/create'))

    expect(await getTask(reader, taskId)).toEqual(await getTask(alice, taskId))
    expect((await reader.error('tasks/cancel', { taskId })).message).toBe('Task not found')
    expect((await reader.answer(question, YES)).status).toBe(202)
    expect((await getTask(alice, taskId)).status).toBe('input_required')
    expect((await reader.result<ListTasksResult>('tasks/list')).tasks).toEqual([])

    await alice.answer(question, { action: 'decline' })
    const [hers, theirs] = await Promise.all([waiting.next(answers('wait')), watching.next(answers('watch'))])
    expect(theirs.result).toEqual(hers.result)
    for (const stream of [watching, listening]) expect(stream.messages.filter(asks('elicitation/create'))).toEqual([])
    expect(listening.messages.filter(notifies('notifications/tasks/status'))).toEqual([])
    await listening.cut()
  })

  test('keeps a task for its owner, whichever session it was made in [T41 T43]', async () => {
    const first = await WireSession.open(world)
    const { taskId } = await submit(first, 'divide', { a: 8, b: 2 })
    await first.end()
    const second = await WireSession.open(world)
    expect((await resultOf(second, taskId)).content).toEqual([{ type: 'text', text: '4' }])
  })
}
