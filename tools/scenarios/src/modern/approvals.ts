import { expect, test } from 'vitest'
import { WireModern } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import { asks } from '../wire-stream.ts'
import type { World } from '../world.ts'
import { reach, settle, submit, UNKNOWN_TASK, update } from './tasks.ts'

/** What agents ask before they act, and who may answer. */
export function approvals(world: World): void {
  test('two calls of a turn are approved one by one, by others than their owner, with clients of other eras', async () => {
    const alice = new WireModern(world)
    const { taskId } = await submit(alice, 'courier', { prompt: 'Go.' })
    const { inputRequests } = await reach(alice, taskId, 'input_required')
    expect(Object.keys(inputRequests ?? {})).toEqual(['t1.1.approval', 't1.2.approval'])
    expect(inputRequests?.['t1.2.approval']).toMatchObject({
      method: 'elicitation/create',
      params: {
        message: expect.stringMatching(/call deliver with these arguments\?.*"to": "Rome".*I go to both\./s),
        requestedSchema: {
          properties: { decision: {}, arguments: { default: '{"to":"Rome"}' }, reason: {} },
          required: ['decision'],
        },
      },
    })

    const carol = await WireSession.open(world, { person: 'carol' })
    const stream = await carol.stream('tasks/result', { taskId })
    const isAsked = asks('elicitation/create')
    const rome = await stream.next((one) => isAsked(one) && String(one.params?.message).includes('Rome'))
    const content = { decision: 'approve', arguments: '{"to":"Bonn"}' }
    expect((await carol.answer(rome, { action: 'accept', content })).status).toBe(202)

    const dave = new WireModern(world, { person: 'dave' })
    const denial = { action: 'accept', content: { decision: 'deny', reason: 'Oslo is closed.' } }
    await update(dave, taskId, { 't1.1.approval': denial })
    expect(await settle(alice, taskId)).toMatchObject({ result: { content: [{ text: 'One of two.' }] } })
    await stream.cut()
  })

  test('who may read, or has no right at all, approves nothing, and is told of no task', async () => {
    const alice = new WireModern(world)
    const { taskId } = await submit(alice, 'courier', { prompt: 'Go.' })
    await reach(alice, taskId, 'input_required')
    const inputResponses = { 't1.1.approval': { action: 'accept', content: { decision: 'approve' } } }
    for (const person of ['bob', 'reader'] as const) {
      const other = new WireModern(world, { person })
      const [known, unknown] = await Promise.all(
        [taskId, UNKNOWN_TASK].map((id) => other.ask('tasks/update', { taskId: id, inputResponses }, { id: 'same' })),
      )
      expect(known?.text).toBe(unknown?.text)
    }
    const { inputRequests } = await reach(alice, taskId, 'input_required')
    expect(Object.keys(inputRequests ?? {})).toEqual(['t1.1.approval', 't1.2.approval'])
    await alice.result('tasks/cancel', { taskId })
  })
}
