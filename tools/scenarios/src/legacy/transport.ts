import { expect, test } from 'vitest'
import { WireHttp } from '../wire-http.ts'
import { ABLE, WireSession } from '../wire-session.ts'
import { answers, asks } from '../wire-stream.ts'
import { MAX_BODY_BYTES, type World } from '../world.ts'
import { getTask, submit, UNKNOWN_TASK } from './tasks.ts'

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'wire', version: '1.0.0' } },
}

const message = (members: object) => ({ jsonrpc: '2.0', ...members })

/** Streamable HTTP: sessions, headers, bodies. */
export function transport(world: World): void {
  test('gives each session an id of visible characters that cannot be guessed [R15]', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, async () => (await WireSession.open(world)).id))
    for (const id of ids) expect(id).toMatch(/^[\x21-\x7e]{32,}$/)
    expect(new Set(ids).size).toBe(4)
  })

  test('serves a session on any coordinator [R15]', async () => {
    const session = await WireSession.open(world)
    for (const at of [0, 1] as const) expect(await session.result('ping', undefined, { at })).toEqual({})
  })

  test('refuses what needs a session without its id, and with one that never was [R15]', async () => {
    const session = await WireSession.open(world)
    const ping = (id: string) => session.ask('ping', undefined, { id: `to ${id}`, headers: { 'mcp-session-id': id } })
    expect(await ping('')).toMatchObject({ status: 400, message: { id: 'to ' } })
    for (const id of ['nothing', 'x'.repeat(48), 'a b', '*']) {
      expect(await ping(id)).toMatchObject({ status: 404, message: { id: `to ${id}` } })
      expect((await session.listen({ headers: { 'mcp-session-id': id } })).status).toBe(404)
      expect((await session.end({ headers: { 'mcp-session-id': id } })).status).toBe(404)
    }
  })

  test('ends a session everywhere at once, with its streams, but not its tasks [R16 T43]', async () => {
    const session = await WireSession.open(world)
    const { taskId } = await submit(session, 'confirm', { filename: 'a' })
    const listening = await session.listen({ at: 0 })
    const waiting = await session.stream('tasks/result', { taskId }, { at: 0 })
    await Promise.any([listening, waiting].map((one) => one.next(asks('elicitation/create'))))

    expect((await session.end({ at: 1 })).status).toBe(204)
    await Promise.all([listening.ended, waiting.ended])
    for (const at of [0, 1] as const) expect((await session.ask('ping', undefined, { at })).status).toBe(404)
    expect((await session.end()).status).toBe(404)

    const next = await WireSession.open(world)
    expect((await getTask(next, taskId)).status).toBe('input_required')
    const stream = await next.stream('tasks/result', { taskId }, { id: 'wait' })
    await next.answer(await stream.next(asks('elicitation/create')), { action: 'decline' })
    await stream.next(answers('wait'))
  })

  test.each(['2023-01-01', 'latest', '2026-07-28x'])('refuses the version header %s [R18]', async (version) => {
    const session = await WireSession.open(world)
    const headers = { 'mcp-protocol-version': version }
    expect((await session.ask('ping', undefined, { headers })).status).toBe(400)
    expect((await session.listen({ headers })).status).toBe(400)
  })

  test('takes the version of the session where the header is absent [R18]', async () => {
    const session = await WireSession.open(world)
    const http = new WireHttp(world, 'alice')
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tasks/get', params: { taskId: UNKNOWN_TASK } })
    expect((await http.post(body, { headers: { 'mcp-session-id': session.id } })).message.error?.code).toBe(-32602)
  })

  test.each(['https://evil.example', 'http://127.0.0.1.evil.example', 'null'])(
    'lets no page of %s in, on any verb [R1]',
    async (origin) => {
      const session = await WireSession.open(world)
      const headers = { origin }
      const stream = await session.listen({ headers })
      const statuses = [
        (await session.ask('ping', undefined, { headers })).status,
        stream.status,
        (await session.end({ headers })).status,
      ]
      expect(statuses).toEqual([403, 403, 403])
      expect(await session.result('ping')).toEqual({})
    },
  )

  test('lets pages of this machine in [R1]', async () => {
    const session = await WireSession.open(world)
    expect(await session.result('ping', undefined, { headers: { origin: 'http://localhost:6274' } })).toEqual({})
  })

  test('listens to nobody without a key, on any verb, also where the session is known [R2 R17 F13]', async () => {
    const session = await WireSession.open(world)
    for (const authorization of ['', 'Bearer', 'Bearer wrong-0123456789abcdef', 'Basic YTpi', session.id]) {
      const headers = { authorization }
      const replies = [
        await session.ask('ping', undefined, { headers }),
        await session.listen({ headers }),
        await session.end({ headers }),
      ]
      for (const reply of replies) {
        expect(reply.status).toBe(401)
        expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/)
      }
    }
  })

  test.each([
    { what: 'a batch', body: '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', code: -32600 },
    { what: 'an empty batch', body: '[]', code: -32600 },
    { what: 'what is not JSON', body: '{"jsonrpc":', code: -32700 },
    { what: 'nothing', body: '', code: -32700 },
    { what: 'a message without version', body: '{"id":1,"method":"ping"}', code: -32600 },
    { what: 'an id that is null', body: '{"jsonrpc":"2.0","id":null,"method":"ping"}', code: -32600 },
    { what: 'an id with a fraction', body: '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', code: -32600 },
    { what: 'params that are an array', body: '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', code: -32600 },
    { what: 'a text', body: '"ping"', code: -32600 },
    { what: 'null', body: 'null', code: -32600 },
  ])('answers $what with 400 and $code [R3 R8]', async ({ body, code }) => {
    const session = await WireSession.open(world)
    const reply = await session.post(body)
    expect(reply.status).toBe(400)
    expect(reply.message.error?.code).toBe(code)
  })

  test('takes several messages at once, asks on their stream, and takes the answer the same way [R8 R9]', async () => {
    const session = await WireSession.open(world, { version: '2025-03-26', capabilities: { sampling: {} } })
    const call = (id: string, name: string, args: object) =>
      message({ id, method: 'tools/call', params: { name, arguments: args } })
    const batch = [
      message({ id: 'tools', method: 'tools/list' }),
      call('sum', 'add', { a: 1, b: 2 }),
      call('poem', 'poet', { prompt: 'spring' }),
      message({ method: 'notifications/roots/list_changed' }),
    ]
    const stream = await session.streamOf(JSON.stringify(batch), { at: 0 })
    const asked = await stream.next(asks('sampling/createMessage'))
    const verse = { model: 'm', role: 'assistant', content: { type: 'text', text: 'Green.' } }
    const answer = [message({ id: asked.id, result: verse }), message({ id: 'ping', method: 'ping' })]
    const { status, messages } = await session.post(JSON.stringify(answer), { at: 1 })
    expect({ status, messages }).toEqual({ status: 200, messages: [{ jsonrpc: '2.0', id: 'ping', result: {} }] })
    expect((await stream.next(answers('sum'))).result).toMatchObject({ content: [{ text: '{"sum":3}' }] })
    expect((await stream.next(answers('poem'))).result).toMatchObject({ content: [{ text: 'Green.' }] })
    await stream.ended
    expect(
      stream.messages
        .filter(({ method }) => method === undefined)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['poem', 'sum', 'tools'])
    expect(stream.lastEventId).toBe('')
  })

  test('refuses other media types, other verbs, and bodies that are too large', async () => {
    const session = await WireSession.open(world)
    const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
    expect((await session.post(ping, { headers: { 'content-type': 'text/plain' } })).status).toBe(415)
    expect((await session.post(JSON.stringify('x'.repeat(MAX_BODY_BYTES)))).status).toBe(413)
  })

  test('takes notifications without a word, known or not [R7]', async () => {
    const session = await WireSession.open(world)
    for (const method of [
      'notifications/initialized',
      'notifications/roots/list_changed',
      'notifications/unheard_of',
    ]) {
      const { status, text } = await session.post(JSON.stringify({ jsonrpc: '2.0', method }))
      expect({ status, text }).toEqual({ status: 202, text: '' })
    }
  })

  test('gives back the id of a request as it was [R3]', async () => {
    const session = await WireSession.open(world)
    for (const id of [0, -3, 9_007_199_254_740_991, '', '7', 'ü/"\\']) {
      expect((await session.ask('ping', undefined, { id })).message).toEqual({ jsonrpc: '2.0', id, result: {} })
    }
  })

  test('lets a second session stream take over from the first [R14]', async () => {
    const session = await WireSession.open(world)
    const first = await session.listen({ at: 0 })
    const second = await session.listen({ at: 1 })
    await first.ended
    await submit(session, 'confirm', { filename: 'a' })
    await second.next(asks('elicitation/create'))
    expect(first.messages).toEqual([])
    await second.cut()
  })

  test('keeps one of two session streams that open at once [R14]', async () => {
    for (let round = 0; round < 10; round++) {
      const session = await WireSession.open(world)
      const both = await Promise.all(([0, 1] as const).map((at) => session.listen({ at })))
      await Promise.any(both.map(({ ended }) => ended))
      await submit(session, 'confirm', { filename: 'a' })
      await Promise.any(both.map((stream) => stream.next(asks('elicitation/create'))))
      await Promise.all(both.map((stream) => stream.cut()))
    }
  })

  test.each([
    { method: 'roots/list' },
    { method: 'subscriptions/listen', params: {} },
    { method: 'server/discover' },
    { method: 'tasks/update', params: {} },
    { method: 'toString' },
    { method: '__proto__' },
    { method: '' },
  ])('has no method $method, which it never promised [F23]', async ({ method, params }) => {
    const session = await WireSession.open(world)
    expect(await session.error(method, params)).toEqual({ code: -32601, message: 'Method not found' })
  })

  test.each([{}, { protocolVersion: 7 }, { protocolVersion: '2025-11-25' }])(
    'refuses to initialize with %j [R19]',
    async (params) => {
      const http = new WireHttp(world, 'alice')
      const { message, headers } = await http.post(JSON.stringify({ ...INITIALIZE, params }))
      expect(message.error?.code).toBe(-32602)
      expect(headers.has('mcp-session-id')).toBe(false)
    },
  )

  test('makes a new session also where initialize carries the id of another [R15]', async () => {
    const session = await WireSession.open(world, { capabilities: ABLE })
    const http = new WireHttp(world, 'alice')
    const { headers } = await http.post(JSON.stringify(INITIALIZE), { headers: { 'mcp-session-id': session.id } })
    expect(headers.get('mcp-session-id')).not.toBe(session.id)
  })
}
