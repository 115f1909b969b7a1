import { expect, test } from 'vitest'
import { ASKABLE, WireModern } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import { answers, notifies } from '../wire-stream.ts'
import type { World } from '../world.ts'
import type { Round } from './tasks.ts'

const LOG_LEVEL = 'io.modelcontextprotocol/logLevel'

/** tools/call of a client that takes no tasks: it waits for the result. */
export function calls(world: World): void {
  const client = () => new WireModern(world, { capabilities: ASKABLE })

  test('answers with the result, on a stream that proxies let pass, and no event of which can be resumed [R26 F2 U2]', async () => {
    const stream = await client().stream('tools/call', { name: 'add', arguments: { a: 1, b: 2 } }, { id: 'call' })
    const { result } = await stream.next(answers('call'))
    expect(result).toEqual({
      resultType: 'complete',
      content: [{ type: 'text', text: '{"sum":3}' }],
      structuredContent: { sum: 3 },
      _meta: { 'io.modelcontextprotocol/serverInfo': expect.anything() },
    })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.headers.get('x-accel-buffering')).toBe('no')
    expect(stream.events.map(({ id }) => id)).toEqual([undefined])
    await stream.ended
  })

  test('gives a result as the tool made it, with its own metadata [F11]', async () => {
    const result = await client().result('tools/call', { name: 'gallery', arguments: {} })
    const kinds = ['text', 'image', 'audio', 'resource_link', 'resource']
    expect((result.content as { type: string }[]).map(({ type }) => type)).toEqual(kinds)
    expect(result.structuredContent).toEqual({ pieces: 5 })
    expect(result._meta).toMatchObject({ 'example.org/room': 3 })
  })

  test('gives the failure of a tool as a result, and a JSON-RPC error as that error [F12]', async () => {
    expect(await client().result('tools/call', { name: 'fails', arguments: {} })).toMatchObject({
      isError: true,
      content: [{ text: 'The disk is full.' }],
    })
    const error = await client().error('tools/call', { name: 'protocol_error', arguments: {} })
    expect(error).toMatchObject({ code: 4001, message: 'The printer is on fire.', data: { printer: 'lp0' } })
  })

  test('tells a model what is wrong with its arguments, and a client what is wrong with its request [F12 F13]', async () => {
    const result = await client().result('tools/call', { name: 'divide', arguments: { a: 'one', b: 2 } })
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('a must be number') }] })
    const requests = [
      { name: 'no_such_tool', arguments: {} },
      { name: 'divide', arguments: [1, 2] },
      { name: 'divide', arguments: 'a' },
      { name: 7 },
      {},
    ]
    for (const params of requests) {
      expect((await client().error('tools/call', params, { headers: { 'mcp-name': String(params.name) } })).code).toBe(
        -32602,
      )
    }
  })

  test('runs a tool that may be no task as a call, whatever its client takes [U3 U7]', async () => {
    const able = new WireModern(world)
    const result = await able.result('tools/call', { name: 'greet', arguments: { name: 'Ann' }, task: {} })
    expect(result).toMatchObject({ resultType: 'complete', content: [{ text: 'Hello, Ann!' }] })
  })

  test('tells progress under the token of its request, rising, and no more after the response [F20 R26]', async () => {
    for (const progressToken of ['p', 7, '']) {
      const params = { name: 'progress', arguments: { to: 5, everyMs: 10 } }
      const stream = await client().stream('tools/call', params, { id: 'call', meta: { progressToken } })
      await stream.next(answers('call'))
      await stream.ended
      const told = stream.messages.filter(notifies('notifications/progress')).map((message) => message.params)
      expect(told.length).toBeGreaterThan(0)
      const last = { progressToken, progress: expect.any(Number), total: 5, message: expect.any(String) }
      expect(told.at(-1)).toEqual(last)
      expect(stream.messages.at(-1)).toMatchObject({ id: 'call' })
    }
  })

  test('tells nothing to a request that asked for nothing [F5 F20 R30]', async () => {
    const one = client()
    const asked = await one.stream(
      'tools/call',
      { name: 'progress', arguments: { to: 3, everyMs: 10 } },
      {
        id: 'asked',
        meta: { progressToken: 'p', [LOG_LEVEL]: 'debug' },
      },
    )
    const silent = await one.stream(
      'tools/call',
      { name: 'progress', arguments: { to: 3, everyMs: 10 } },
      { id: 'not' },
    )
    await Promise.all([asked.next(answers('asked')), silent.next(answers('not'))])
    expect(silent.messages).toHaveLength(1)
  })

  test.each([
    { level: 'debug', from: 0 },
    { level: 'warning', from: 3 },
    { level: 'emergency', from: 7 },
  ])('sends log messages of level $level and above, where the request wants them [F5]', async ({ level, from }) => {
    const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']
    const { requestState, inputRequests } = await client().result<Round>('tools/call', { name: 'log', arguments: {} })
    const inputResponses = Object.fromEntries(
      Object.keys(inputRequests ?? {}).map((key) => [key, { action: 'accept', content: {} }]),
    )
    const again = { name: 'log', arguments: {}, requestState, inputResponses }
    const stream = await client().stream('tools/call', again, { id: 'call', meta: { [LOG_LEVEL]: level } })
    await stream.next(answers('call'))
    const said = stream.messages.filter(notifies('notifications/message')).map(({ params }) => params)
    expect(said).toEqual(levels.slice(from).map((level) => ({ level, logger: 'fixture', data: { said: level } })))
  })

  test('refuses a log level that there is none [F5]', async () => {
    const call = { name: 'greet', arguments: { name: 'Ann' } }
    expect(await client().error('tools/call', call, { meta: { [LOG_LEVEL]: 'loud' } })).toMatchObject({ code: -32602 })
  })

  test('is cancelled when its client closes it, and stops its tool [R27 P19]', async () => {
    const bob = await WireSession.open(world, { person: 'bob' })
    const newest = async () => (await bob.result<{ tasks: { status: string }[] }>('tasks/list')).tasks[0]
    const caller = new WireModern(world, { person: 'bob', capabilities: {} })
    const stream = await caller.stream('tools/call', { name: 'slow', arguments: { ms: 60_000 } })
    expect(await newest()).toMatchObject({ status: 'working' })
    await stream.cut()
    await expect.poll(newest, { timeout: 10_000 }).toMatchObject({
      status: 'cancelled',
      statusMessage: 'The client closed its request.',
    })
    expect(stream.messages).toEqual([])
  })
}
