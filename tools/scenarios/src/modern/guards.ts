import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { WireMessage } from '../message.ts'
import { VERSION } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import { authorization, MAX_BODY_BYTES, type World } from '../world.ts'
import { UNKNOWN_TASK } from './tasks.ts'

type Headers = Readonly<Record<string, string>>
interface Door {
  readonly verb: string
  readonly headers: Headers
  readonly body?: string
}

const LEGACY = [
  'initialize',
  'ping',
  'tools/list',
  'tools/call',
  'tasks/get',
  'tasks/result',
  'notifications/initialized',
]
const MODERN = [
  'server/discover',
  'tools/list',
  'tools/call',
  'tasks/get',
  'subscriptions/listen',
  'notifications/cancelled',
]

const toMessage = (method: string, params: object) => ({
  jsonrpc: '2.0',
  ...(!method.startsWith('notifications/') && { id: 1 }),
  method,
  params: { name: 'greet', taskId: UNKNOWN_TASK, ...params },
})

/** Every way in: each method of both eras, and the other verbs. */
function doorsOf({ id }: WireSession): readonly Door[] {
  const ofSession = { ...authorization('alice'), 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' }
  const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return [
    ...LEGACY.map((method) => ({
      verb: 'POST',
      headers: { ...ofSession, ...json },
      body: JSON.stringify(toMessage(method, {})),
    })),
    ...MODERN.map((method) => ({
      verb: 'POST',
      headers: { ...authorization('alice'), ...json, 'mcp-protocol-version': VERSION, 'mcp-method': method },
      body: JSON.stringify(toMessage(method, { _meta })),
    })),
    { verb: 'GET', headers: { ...ofSession, accept: 'text/event-stream' } },
    { verb: 'DELETE', headers: ofSession },
  ]
}

/** What turns a request away before it is of an era: the same for all, whatever they ask. */
export function guards(world: World): void {
  const knock = async ({ verb, headers, body }: Door) => {
    const sent = request(world.url, { method: verb, headers, agent: false })
    sent.end(body)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const { statusCode, headers: got } = response
    return { status: statusCode, type: got['content-type'], asks: got['www-authenticate'], body: await text(response) }
  }
  /** What every door answers with a change, and no other: asserts that they agree. */
  const answerOfAll = async (change: (door: Door) => Door, fits: (door: Door) => boolean = () => true) => {
    const doors = doorsOf(await WireSession.open(world)).filter(fits)
    const answers = await Promise.all(doors.map((door) => knock(change(door))))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers.length).toBeGreaterThan(1)
    const { body, ...rest } = answers[0] ?? expect.fail('There is no such door.')
    expect(rest.type).toBe('application/json; charset=utf-8')
    return { ...rest, ...(JSON.parse(body) as WireMessage) }
  }
  const withHeaders = (headers: Headers) => (door: Door) => ({ ...door, headers: { ...door.headers, ...headers } })
  const withBody = (body: string) => (door: Door) => ({ ...door, body })
  const isPost = ({ verb }: Door) => verb === 'POST'

  test.each(['evil.example', '127.0.0.1.evil.example', 'localhost@evil.example', '127.0.0.1:x'])(
    'a request for host %j is turned away at every door [R1]',
    async (host) => {
      expect(await answerOfAll(withHeaders({ host }))).toMatchObject({ status: 403, error: { code: -31000 } })
    },
  )

  test.each(['https://evil.example', 'null', 'http://127.0.0.1.evil.example', 'file://'])(
    'a page of %s is turned away at every door [R1]',
    async (origin) => {
      expect(await answerOfAll(withHeaders({ origin }))).toMatchObject({ status: 403, error: { code: -31000 } })
    },
  )

  test.each([
    { key: '', asks: 'Bearer' },
    { key: 'Basic YTpi', asks: 'Bearer' },
    { key: 'Bearer', asks: 'Bearer' },
    { key: 'Bearer wrong-0123456789abcdef', asks: 'Bearer error="invalid_token"' },
  ])('the key %j opens no door [R2 F13]', async ({ key, asks }) => {
    const answer = await answerOfAll(withHeaders({ authorization: key }))
    expect(answer).toMatchObject({ status: 401, asks, error: { code: -31000 } })
  })

  test('a body that is too large is turned away at every door', async () => {
    const answer = await answerOfAll(withBody(JSON.stringify('x'.repeat(MAX_BODY_BYTES))), isPost)
    expect(answer).toMatchObject({ status: 413, error: { code: -31000 } })
  })

  test.each([
    { what: 'no JSON', change: ({ body = '' }: Door) => body.slice(0, -1), code: -32700 },
    { what: 'nothing', change: () => '', code: -32700 },
    { what: 'a batch', change: ({ body }: Door) => `[${body}]`, code: -32600 },
    { what: 'nested too deeply', change: () => `${'['.repeat(300)}1${']'.repeat(300)}`, code: -32600 },
    { what: 'no JSON-RPC 2.0', change: ({ body = '' }: Door) => body.replace('"2.0"', '"1.0"'), code: -32600 },
  ])('a body that is $what is turned away at every door with $code [R3 R8 R22]', async ({ change, code }) => {
    const isRequest = (door: Door) => isPost(door) && !door.body?.includes('notifications/')
    const answer = await answerOfAll((door) => ({ ...door, body: change(door) }), isRequest)
    expect(answer).toMatchObject({ status: 400, error: { code } })
  })

  test.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x'])(
    'a body of type %s is turned away at every door',
    async (type) => {
      const answer = await answerOfAll(withHeaders({ 'content-type': type }), isPost)
      expect(answer).toMatchObject({ status: 415, error: { code: -31000 } })
    },
  )

  test.each(['PUT', 'PATCH'])('%s is turned away at every door', async (verb) => {
    const answer = await answerOfAll((door) => ({ ...door, verb }))
    expect(answer).toMatchObject({ status: 405, error: { code: -31000 } })
  })

  test.each([
    { what: 'none', id: undefined, status: 400 },
    { what: 'one that never was', id: 'x'.repeat(32), status: 404 },
    { what: 'no id at all', id: '../../etc', status: 404 },
  ])('whatever needs a session is turned away with $what, in the same words [R15 R17]', async ({ id, status }) => {
    const change = ({ headers: { 'mcp-session-id': _, ...headers }, ...door }: Door) => ({
      ...door,
      headers: { ...headers, ...(id && { 'mcp-session-id': id }) },
    })
    const isOfSession = ({ headers, body = '' }: Door) => 'mcp-session-id' in headers && !body.includes('"initialize"')
    expect(await answerOfAll(change, isOfSession)).toMatchObject({ status, error: { code: -31000 } })
  })

  test('whatever says its revision itself is told in the same words that there is no such [D4]', async () => {
    const version = 'v999.0.0'
    const change = ({ headers, body = '', ...door }: Door) => ({
      ...door,
      headers: { ...headers, 'mcp-protocol-version': version },
      body: body.replace(VERSION, version),
    })
    const isOfItself = ({ headers, body = '' }: Door) =>
      headers['mcp-protocol-version'] === VERSION && !body.includes('notifications/')
    expect(await answerOfAll(change, isOfItself)).toMatchObject({ status: 400, id: 1, error: { code: -32022 } })
  })
}
