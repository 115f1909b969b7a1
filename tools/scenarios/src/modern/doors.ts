import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type Definitions, readDefinitions } from '../message-schema.ts'
import { VERSION } from '../wire-modern.ts'
import type { WireSession } from '../wire-session.ts'
import { authorization } from '../world.ts'
import { UNKNOWN_TASK } from './tasks.ts'

export type Headers = Readonly<Record<string, string>>

/** One way in: what a client sends by one HTTP request. */
export interface Door {
  readonly verb: string
  readonly headers: Headers
  readonly body?: string
}

const OLDER = '2025-11-25'

/** Every way in: each message that a client of either era may send, one that nobody knows, and the other verbs. */
export function doorsOf({ id }: WireSession): readonly Door[] {
  const ofSession = { ...authorization('alice'), 'mcp-session-id': id, 'mcp-protocol-version': OLDER }
  const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const legacy = [...clientMethods(readDefinitions(OLDER)), 'no/such'].map((method) => toMessage(method, {}))
  const modern = [...clientMethods(readDefinitions(VERSION)), ...TASK_METHODS, CANCELLED, 'no/such'].map((method) =>
    toMessage(method, { _meta }),
  )
  const stream = { ...ofSession, accept: 'text/event-stream' }
  return [
    ...[...legacy, RESPONSE].map((message) => post({ ...ofSession, ...json }, message)),
    ...[...modern, RESPONSE].map((message) => {
      const named = { 'mcp-protocol-version': VERSION, ...('method' in message && { 'mcp-method': message.method }) }
      return post({ ...authorization('alice'), ...json, ...named }, message)
    }),
    { verb: 'GET', headers: stream },
    { verb: 'GET', headers: { ...stream, 'last-event-id': 'x' } },
    { verb: 'DELETE', headers: ofSession },
  ]
}

const post = (headers: Headers, message: object): Door => ({ verb: 'POST', headers, body: JSON.stringify(message) })

const RESPONSE = { jsonrpc: '2.0', id: 1, result: {} }

const toMessage = (method: string, params: object) => ({
  jsonrpc: '2.0',
  ...(!method.startsWith('notifications/') && { id: 1 }),
  method,
  params: { name: 'greet', taskId: UNKNOWN_TASK, ...params },
})

/** The schema of the extension has no list of them, and that of its revision none of its one notification. */
const TASK_METHODS = ['tasks/get', 'tasks/update', 'tasks/cancel']
const CANCELLED = 'notifications/cancelled'

/** All requests and notifications of clients that a schema has. */
function clientMethods($defs: Definitions): readonly string[] {
  const refs = ['ClientRequest', 'ClientNotification'].flatMap((name) => Object($defs[name]).anyOf ?? [])
  return refs.flatMap(({ $ref }: { readonly $ref: string }) => {
    const { properties } = Object($defs[$ref.replace('#/$defs/', '')])
    return properties?.method?.const ?? []
  })
}

/** The answer, as soon as its headers are there. */
export async function knock(url: URL, { verb, headers, body }: Door): Promise<IncomingMessage> {
  const sent = request(url, { method: verb, headers, agent: false })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return response
}
