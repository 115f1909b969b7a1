import { expect, test } from 'vitest'
import { WireModern } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import { answers, asks } from '../wire-stream.ts'
import type { World } from '../world.ts'

const TRACE = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'congo=t61rcWkgMzE',
  baggage: 'user=ann,team=blue',
}
const CALL = { name: 'whence', arguments: {} }

/** The trace of a call goes where its task goes, in both eras. */
export function traces(world: World): void {
  const callers = {
    'of this era, in _meta': () =>
      new WireModern(world, { capabilities: {} }).result('tools/call', CALL, { meta: TRACE }),
    'of this era, in headers': () =>
      new WireModern(world, { capabilities: {} }).result('tools/call', CALL, { headers: TRACE }),
    'of the other era, in _meta': async () =>
      (await WireSession.open(world)).result('tools/call', { ...CALL, _meta: TRACE }),
    'of the other era, in headers': async () =>
      (await WireSession.open(world)).result('tools/call', CALL, { headers: TRACE }),
  }
  test.each(Object.entries(callers))('a tool knows the trace of a call %s [F6]', async (_how, call) => {
    expect(await call()).toMatchObject({ content: [{ text: JSON.stringify(TRACE) }] })
  })

  test('a call without a trace, or with one that is none, has none [F6]', async () => {
    const client = new WireModern(world, { capabilities: {} })
    for (const meta of [{}, { traceparent: 'none', tracestate: 'a=1', baggage: 7 }])
      expect(await client.result('tools/call', CALL, { meta })).toMatchObject({ content: [{ text: '{}' }] })
  })

  test('an upstream server is told the trace of the call for which it is called [F6]', async () => {
    const session = await WireSession.open(world)
    const call = { name: 'librarian', arguments: { prompt: 'garden?' }, _meta: TRACE }
    const stream = await session.stream('tools/call', call, { id: 'call' })
    const first = await stream.next(asks('sampling/createMessage'))
    const use = { type: 'tool_use', id: 'n', name: 'notes__read', input: { title: 'garden' } }
    await session.answer(first, { model: 'm', role: 'assistant', content: [use], stopReason: 'toolUse' })
    const second = await stream.next((message) => asks('sampling/createMessage')(message) && message.id !== first.id)
    const [result] = [second.params?.messages].flat(2).slice(-1)
    expect(JSON.stringify(result)).toContain(JSON.stringify(JSON.stringify(TRACE)).slice(1, -1))
    const last = { model: 'm', role: 'assistant', content: { type: 'text', text: 'Done.' }, stopReason: 'endTurn' }
    await session.answer(second, last)
    await stream.next(answers('call'))
  })
}
