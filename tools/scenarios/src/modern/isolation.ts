import { expect, test } from 'vitest'
import { ASKABLE, WireModern } from '../wire-modern.ts'
import { answers, notifies } from '../wire-stream.ts'
import type { World } from '../world.ts'
import { getTask, type Round, reach, settle, submit, subscribe, UNKNOWN_TASK, update } from './tasks.ts'

const YES = { action: 'accept', content: { confirm: true } }

/** Two people, and one with a right to read. */
export function isolation(world: World): void {
  const people = () => ({
    alice: new WireModern(world),
    bob: new WireModern(world, { person: 'bob' }),
    reader: new WireModern(world, { person: 'reader' }),
  })

  test.each([
    ['tasks/get', {}],
    ['tasks/cancel', {}],
    ['tasks/update', { inputResponses: {} }],
    ['tasks/update', { inputResponses: { 'elicit#1': YES } }],
  ])("%s of another's task reads, byte for byte, like that of none: %j [U21 U38]", async (method, more) => {
    const { alice, bob } = people()
    const [open, over] = await Promise.all([
      submit(alice, 'confirm', { filename: 'a' }),
      submit(alice, 'divide', { a: 1, b: 1 }),
    ])
    await Promise.all([reach(alice, open.taskId, 'input_required'), settle(alice, over.taskId)])
    const before = await getTask(alice, open.taskId)
    const replies = await Promise.all(
      [UNKNOWN_TASK, open.taskId, over.taskId].map(async (taskId) => {
        const { status, headers, text } = await bob.ask(method, { taskId, ...more }, { id: 'same' })
        return { status, text, type: headers.get('content-type'), length: headers.get('content-length') }
      }),
    )
    expect(replies[0]?.text).toBe('{"jsonrpc":"2.0","id":"same","error":{"code":-32602,"message":"Task not found"}}')
    expect(replies[1]).toEqual(replies[0])
    expect(replies[2]).toEqual(replies[0])
    expect(await getTask(alice, open.taskId)).toEqual(before)
  })

  test("subscribes nobody to another's task, and does not say so [U32 U38]", async () => {
    const { alice, bob } = people()
    const { taskId } = await submit(alice, 'confirm', { filename: 'a' })
    const streams = await Promise.all([subscribe(bob, taskId), subscribe(bob, UNKNOWN_TASK)])
    for (const stream of streams) await stream.next(notifies('notifications/subscriptions/acknowledged'))
    expect(streams[0]?.messages).toEqual(streams[1]?.messages)
    expect(streams[0]?.messages[0]?.params?.notifications).toEqual({ taskIds: [] })
    await alice.result('tasks/cancel', { taskId })
    // What is told of a task of his own comes after all that there is to tell.
    const { taskId: own } = await submit(bob, 'divide', { a: 1, b: 1 })
    await settle(bob, own)
    for (const stream of streams) expect(stream.messages).toHaveLength(1)
    await Promise.all(streams.map((stream) => stream.cut()))
  })

  test('lets somebody with the right read the tasks of others, and no more [U38]', async () => {
    const { alice, reader } = people()
    const { taskId } = await submit(alice, 'confirm', { filename: 'a' })
    const hers = await reach(alice, taskId, 'input_required')
    const [key = ''] = Object.keys(hers.inputRequests ?? {})
    expect(await getTask(reader, taskId)).toEqual(await getTask(alice, taskId))
    expect((await reader.error('tasks/cancel', { taskId })).message).toBe('Task not found')
    const answered = await reader.ask('tasks/update', { taskId, inputResponses: { [key]: YES } })
    expect(answered.message.error?.message).toBe('Task not found')
    expect((await getTask(alice, taskId)).status).toBe('input_required')
    await update(alice, taskId, { [key]: { action: 'decline' } })
    expect(await settle(reader, taskId)).toMatchObject({ result: { content: [{ text: 'kept a: decline' }] } })
  })

  test('knows one who asks by the key of each request, not by what came before [R30 U38]', async () => {
    const { alice, bob } = people()
    const { taskId } = await submit(alice, 'divide', { a: 6, b: 2 })
    await settle(alice, taskId)
    const headers = { connection: 'keep-alive' }
    for (const [who, isHers] of [
      [alice, true],
      [bob, false],
      [alice, true],
    ] as const) {
      const { message } = await who.ask('tasks/get', { taskId }, { at: 0, headers, id: 'same' })
      expect(message.result !== undefined).toBe(isHers)
    }
  })

  test('takes up nobody else’s call [P16 U38]', async () => {
    const { bob } = people()
    const alice = new WireModern(world, { capabilities: ASKABLE })
    const call = { name: 'confirm', arguments: { filename: 'a' } }
    const { requestState, inputRequests = {} } = await alice.result<Round>('tools/call', call)
    const inputResponses = Object.fromEntries(Object.keys(inputRequests).map((key) => [key, YES]))
    const stolen = await bob.ask('tools/call', { ...call, requestState, inputResponses })
    expect(stolen.message.error?.code).toBe(-32602)
    const stream = await alice.stream('tools/call', { ...call, requestState, inputResponses }, { id: 'mine' })
    expect((await stream.next(answers('mine'))).result).toMatchObject({ content: [{ text: 'deleted a' }] })
  })
}
