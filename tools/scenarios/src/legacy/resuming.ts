import type { ListTasksResult } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'
import { WireSession } from '../wire-session.ts'
import { answers, asks } from '../wire-stream.ts'
import type { World } from '../world.ts'
import { RELATED_TASK, submit } from './tasks.ts'

const YES = { action: 'accept', content: { confirm: true } }
const CONFIRM = { name: 'confirm', arguments: { filename: 'a' } }

/** Streams that break, continue, and are called off. */
export function resuming(world: World): void {
  test('begins a stream with an event from which it can be resumed [R11 R12 R13]', async () => {
    const session = await WireSession.open(world)
    const stream = await session.stream('tools/call', { name: 'divide', arguments: { a: 6, b: 3 } }, { id: 'call' })
    await stream.next(answers('call'))
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.events[0]).toEqual({ id: expect.stringMatching(/^[\x21-\x7e]+$/), retry: '500', data: '' })
    expect(stream.events.every(({ id }) => id !== undefined)).toBe(true)
    await stream.ended
  })

  test.each(['2025-06-18', '2025-03-26', '2024-11-05'])(
    'begins no stream with an event without data on %s [R11]',
    async (version) => {
      const session = await WireSession.open(world, { version })
      const stream = await session.stream('tools/call', { name: 'divide', arguments: { a: 6, b: 3 } })
      await stream.ended
      expect(stream.events.map(({ data }) => data)).not.toContain('')
      expect(stream.messages).toHaveLength(1)
    },
  )

  test.each([
    { what: 'a plain call', isTask: false },
    { what: 'tasks/result', isTask: true },
  ])('answers $what whose stream broke, under its id, at the other coordinator [R10 R12 R13]', async ({ isTask }) => {
    const session = await WireSession.open(world)
    const [method, params] = isTask
      ? ['tasks/result', { taskId: (await submit(session, CONFIRM.name, CONFIRM.arguments)).taskId }]
      : ['tools/call', CONFIRM]
    const first = await session.stream(method, params, { id: 'call', at: 0 })
    const question = await first.next(asks('elicitation/create'))
    await first.cut()

    const resumed = await session.resume(first.lastEventId, { at: 1 })
    expect(resumed.status).toBe(200)
    expect((await session.answer(question, YES, { at: 0 })).status).toBe(202)
    const { result } = await resumed.next(answers('call'))
    expect(result).toMatchObject({ content: [{ text: 'deleted a' }] })
    expect(Object(result)._meta?.[RELATED_TASK] !== undefined).toBe(isTask)
    // What the client was asked before is not asked again.
    expect(resumed.messages).toHaveLength(1)
    await resumed.ended
  })

  test('shows a question that the broken stream had not brought [R13 T31]', async () => {
    const session = await WireSession.open(world)
    const first = await session.stream('tools/call', CONFIRM, { id: 'call', at: 0 })
    await first.next(asks('elicitation/create'))
    const [beginning] = first.events
    await first.cut()

    const resumed = await session.resume(beginning?.id ?? '', { at: 1 })
    await session.answer(await resumed.next(asks('elicitation/create')), YES)
    expect((await resumed.next(answers('call'))).result).toMatchObject({ content: [{ text: 'deleted a' }] })
  })

  test('gives the response again to a client that lost it [R12 R13]', async () => {
    const session = await WireSession.open(world)
    const first = await session.stream('tools/call', CONFIRM, { id: 'call', at: 0 })
    const question = await first.next(asks('elicitation/create'))
    await first.cut()
    await session.answer(question, YES)
    const resumed = await session.resume(first.lastEventId, { at: 1 })
    expect((await resumed.next(answers('call'))).result).toMatchObject({ content: [{ text: 'deleted a' }] })
  })

  test('can be resumed more than once [R13]', async () => {
    const session = await WireSession.open(world)
    let stream = await session.stream('tools/call', CONFIRM, { id: 'call', at: 0 })
    const question = await stream.next(asks('elicitation/create'))
    for (const at of [1, 0, 1] as const) {
      await stream.cut()
      stream = await session.resume(stream.lastEventId, { at })
      await expect.poll(() => stream.lastEventId).not.toBe('')
    }
    await session.answer(question, YES)
    expect((await stream.next(answers('call'))).result).toMatchObject({ content: [{ text: 'deleted a' }] })
  })

  test.each(['x', 'bnVsbA', Buffer.from('[1,2,3]').toString('base64url')])(
    'refuses the event id %s [R13]',
    async (eventId) => {
      const session = await WireSession.open(world)
      const stream = await session.resume(eventId)
      expect(stream.status).toBe(400)
      await stream.ended
    },
  )

  test('cancels a plain call that its client calls off at the other coordinator, and answers it no more [F21 R10]', async () => {
    const session = await WireSession.open(world, { person: 'bob' })
    const stream = await session.stream(
      'tools/call',
      { name: 'slow', arguments: { ms: 60_000 } },
      { id: 'call', at: 0 },
    )
    const newest = async () => (await session.result<ListTasksResult>('tasks/list')).tasks[0]
    expect((await newest())?.status).toBe('working')
    expect(await session.notify('notifications/cancelled', { requestId: 'call', reason: 'enough' }, { at: 1 })).toBe(
      202,
    )
    await stream.ended

    expect(stream.messages).toEqual([])
    expect(await newest()).toMatchObject({ status: 'cancelled' })
    const resumed = await session.resume(stream.lastEventId, { at: 1 })
    expect(resumed.status).toBe(405)
    await resumed.ended
  })

  test('stops waiting for a task, and no more, when the client calls tasks/result off [F21 T37]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, CONFIRM.name, CONFIRM.arguments)
    const stream = await session.stream('tasks/result', { taskId }, { id: 'wait', at: 0 })
    await stream.next(asks('elicitation/create'))
    await session.notify('notifications/cancelled', { requestId: 'wait' }, { at: 1 })
    await stream.ended
    expect(stream.messages.filter(answers('wait'))).toEqual([])

    const again = await session.stream('tasks/result', { taskId }, { id: 'again' })
    await session.answer(await again.next(asks('elicitation/create')), YES)
    await again.next(answers('again'))
  })

  test.each([{ requestId: 'never' }, { requestId: null }, {}, { requestId: {} }])(
    'ignores the cancelling of nothing: %j [F21]',
    async (params) => {
      const session = await WireSession.open(world)
      expect(await session.notify('notifications/cancelled', params)).toBe(202)
      expect(await session.result('ping')).toEqual({})
    },
  )
}
