import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { VERSION } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import { MAX_BODY_BYTES, type World } from '../world.ts'
import { type Door, doorsOf, type Headers, knock } from './doors.ts'

/** What turns requests away, and from how many doors. */
interface Guard {
  readonly what: string
  readonly change: (door: Door) => Door
  readonly at?: (door: Door) => boolean
  readonly doors: number
  readonly answer: {
    readonly status: number
    readonly asks?: string
    /** Only where the message was read: a request is turned away under its id. */
    readonly isRead?: true
    readonly code: number
  }
}

/** 17 requests, 5 notifications and a response of the older era; 13, 1 and 1 of the newer; in each one unknown request. */
const POSTS = 40
const ALL = POSTS + 3
const WITH_SESSION = 26

const APPLICATION = -31000
const withHeaders = (headers: Headers) => (door: Door) => ({ ...door, headers: { ...door.headers, ...headers } })
const withBody = (change: (body: string) => string) => (door: Door) => ({ ...door, body: change(door.body ?? '') })
const withoutSession = ({ headers: { 'mcp-session-id': _, ...headers }, ...door }: Door) => ({ ...door, headers })

const isPost = ({ verb }: Door) => verb === 'POST'
const isInitialize = ({ body = '' }: Door) => body.includes('"initialize"')
const hasSession = (door: Door) => 'mcp-session-id' in door.headers && !isInitialize(door)
const hasId = (door: Door) => isPost(door) && door.body?.includes('"id":1') === true
const isRequest = (door: Door) => hasId(door) && !door.body?.includes('"result"')
const saysRevision = ({ body = '' }: Door) => body.includes(VERSION) && body.includes('"id":1')

const GUARDS: readonly Guard[] = [
  ...['evil.example', '127.0.0.1.evil.example', 'localhost@evil.example', '127.0.0.1:x'].map((host) => ({
    what: `the host ${host}`,
    change: withHeaders({ host }),
    doors: ALL,
    answer: { status: 403, code: APPLICATION },
  })),
  ...['https://evil.example', 'null', 'http://127.0.0.1.evil.example', 'file://'].map((origin) => ({
    what: `a page of ${origin}`,
    change: withHeaders({ origin }),
    doors: ALL,
    answer: { status: 403, code: APPLICATION },
  })),
  ...['', 'Basic YTpi', 'Bearer'].map((authorization) => ({
    what: `the key '${authorization}'`,
    change: withHeaders({ authorization }),
    doors: ALL,
    answer: { status: 401, asks: 'Bearer', code: APPLICATION },
  })),
  {
    what: 'a wrong key',
    change: withHeaders({ authorization: 'Bearer wrong-0123456789abcdef' }),
    doors: ALL,
    answer: { status: 401, asks: 'Bearer error="invalid_token"', code: APPLICATION },
  },
  ...['PUT', 'PATCH'].map((verb) => ({
    what: verb,
    change: (door: Door) => ({ ...door, verb }),
    doors: ALL,
    answer: { status: 405, code: APPLICATION },
  })),
  ...['text/plain', 'application/xml', 'multipart/form-data; boundary=x'].map((type) => ({
    what: `a body of type ${type}`,
    change: withHeaders({ 'content-type': type }),
    at: isPost,
    doors: POSTS,
    answer: { status: 415, code: APPLICATION },
  })),
  {
    what: 'a body that is too large',
    change: withBody(() => JSON.stringify('x'.repeat(MAX_BODY_BYTES))),
    at: isPost,
    doors: POSTS,
    answer: { status: 413, code: APPLICATION },
  },
  {
    what: 'a body that is no JSON',
    change: withBody((body) => body.slice(0, -1)),
    at: isPost,
    doors: POSTS,
    answer: { status: 400, code: -32700 },
  },
  {
    what: 'no body',
    change: withBody(() => ''),
    at: isPost,
    doors: POSTS,
    answer: { status: 400, code: -32700 },
  },
  {
    what: 'a body that is nested too deeply',
    change: withBody(() => `${'['.repeat(300)}1${']'.repeat(300)}`),
    at: isPost,
    doors: POSTS,
    answer: { status: 400, code: -32600 },
  },
  {
    what: 'a batch',
    change: withBody((body) => `[${body}]`),
    at: isPost,
    doors: POSTS,
    answer: { status: 400, code: -32600 },
  },
  {
    what: 'a message that is no JSON-RPC 2.0',
    change: withBody((body) => body.replace('"2.0"', '"1.0"')),
    at: hasId,
    doors: 34,
    answer: { status: 400, isRead: true, code: -32600 },
  },
  {
    what: 'a message without a session',
    change: withoutSession,
    at: hasSession,
    doors: WITH_SESSION,
    answer: { status: 400, isRead: true, code: APPLICATION },
  },
  ...['x'.repeat(32), '../../etc'].map((id) => ({
    what: `the session ${id}`,
    change: withHeaders({ 'mcp-session-id': id }),
    at: hasSession,
    doors: WITH_SESSION,
    answer: { status: 404, isRead: true, code: APPLICATION },
  })),
  {
    what: 'a revision of the older era that is none',
    change: withHeaders({ 'mcp-protocol-version': '1999-01-01' }),
    at: hasSession,
    doors: WITH_SESSION,
    answer: { status: 400, isRead: true, code: APPLICATION },
  },
  {
    what: 'a revision of the newer era that is none',
    change: (door) =>
      withHeaders({ 'mcp-protocol-version': 'v999.0.0' })(withBody((body) => body.replace(VERSION, 'v999.0.0'))(door)),
    at: saysRevision,
    doors: 14,
    answer: { status: 400, isRead: true, code: -32022 },
  },
]

/**
 * What turns a request away, whatever it asks. Each era has one way in, so that what is seen here of every message is
 * all that there is.
 */
export function guards(world: World): void {
  test('there are as many doors as there are messages, and verbs', async () => {
    const doors = doorsOf(await WireSession.open(world))
    expect(doors).toHaveLength(ALL)
    expect(new Set(doors.map((door) => JSON.stringify(door))).size).toBe(ALL)
  })

  test.each(GUARDS)(
    '$what is turned away at $doors doors, in the same words at each [R1 R2 R3 R8 R15 R17 R18 R22 F13 D4]',
    async ({ change, at = () => true, doors: count, answer: { status, asks, isRead, code } }) => {
      const doors = doorsOf(await WireSession.open(world)).filter(at)
      const answers = await Promise.all(
        doors.map(async (door) => {
          const response = await knock(world.url, change(door))
          const { statusCode, headers } = response
          const body = await text(response)
          expect(JSON.parse(body).id).toBe(isRead && isRequest(door) ? 1 : undefined)
          const words = body.replace('"id":1,', '')
          return { status: statusCode, type: headers['content-type'], asks: headers['www-authenticate'], words }
        }),
      )
      expect(answers).toHaveLength(count)
      const [first = expect.fail('There is no such door.')] = answers
      for (const answer of answers) expect(answer).toEqual(first)
      expect(first).toMatchObject({ status, type: 'application/json; charset=utf-8', asks })
      expect(JSON.parse(first.words).error.code).toBe(code)
    },
  )

  test.each(['*/*', 'application/json', 'text/event-stream', 'text/html'])(
    'nobody is turned away for what it accepts, such as %s [R20a]',
    async (accept) => {
      const doors = doorsOf(await WireSession.open(world)).filter(isPost)
      const statusOf = async (door: Door) => {
        const response = await knock(world.url, door)
        response.destroy()
        return response.statusCode
      }
      const [usual, others] = await Promise.all(
        [doors, doors.map(withHeaders({ accept }))].map((some) => Promise.all(some.map(statusOf))),
      )
      expect(others).toEqual(usual)
      expect(others).toHaveLength(POSTS)
      expect(new Set(usual)).toEqual(new Set([200, 202, 400, 404]))
    },
  )
}
