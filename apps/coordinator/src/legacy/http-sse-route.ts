import { parseMessage } from '@longhaul/protocol'
import { type Owner, ownerKey, type Principal } from '@longhaul/task'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import type { Endpoint } from '../endpoint.ts'
import { EventStream } from '../event-stream.ts'
import { Refusal } from '../guards/refusal.ts'
import { HttpSseConnection } from './http-sse-connection.ts'
import { takeMessage } from './take-message.ts'
import { checkVersionHeader } from './version-header.ts'

export const SSE_PATH = '/sse'
const MESSAGES_PATH = '/messages'

/**
 * HTTP+SSE of 2024-11-05 (R21): what the server says comes on the stream that a client opens, whatever it asks. The
 * stream is held here and nowhere else, so that what its client posts has to come here, too.
 */
export class HttpSseRoute {
  readonly #deps: Deps
  readonly #connections = new Map<string, HttpSseConnection>()
  readonly endpoints: readonly Endpoint[] = [
    { path: SSE_PATH, speaks: 'MCP', verbs: { GET: (_request, reply, principal) => this.#open(reply, principal) } },
    {
      path: MESSAGES_PATH,
      partOf: SSE_PATH,
      speaks: 'MCP',
      verbs: { POST: (request, reply, principal) => this.#post(request, reply, principal) },
    },
  ]

  constructor(deps: Deps) {
    this.#deps = deps
  }

  async #open(reply: FastifyReply, principal: Principal): Promise<unknown> {
    const { streams, settings } = this.#deps
    this.#checkRoom(principal)
    const stream = EventStream.answering(reply, settings)
    const connection = new HttpSseConnection(this.#deps, { principal, stream, log: reply.log })
    const { id } = connection
    this.#connections.set(id, connection)
    const done = connection.run(`${MESSAGES_PATH}?sessionId=${id}`).finally(() => this.#connections.delete(id))
    streams.hold(stream, done)
    return reply
  }

  async #post(request: FastifyRequest, reply: FastifyReply, principal: Principal): Promise<unknown> {
    checkVersionHeader(request)
    const connection = this.#find(request, principal)
    const message = parseMessage(request.body)
    if (message.kind === 'request')
      await connection.take({ request: message.request, principal, headers: request.headers })
    else await takeMessage(this.#deps, await connection.viewer(principal), message)
    return reply.code(202).send()
  }

  /** A stream is the beginning of a session, whether or not its client shakes hands. @throws Refusal 429 */
  #checkRoom({ owner }: Principal): void {
    const { maxSessions } = this.#deps.settings
    if (this.#connections.size < maxSessions) return
    const own = this.#connections.values().filter((connection) => isSameOwner(connection.owner, owner))
    if (own.toArray().length < maxSessions) return
    throw new Refusal(429, `You have ${maxSessions} streams here; end one of them (LONGHAUL_MAX_SESSIONS).`)
  }

  /** That of somebody else is as unknown as none. @throws Refusal 404 */
  #find({ query }: FastifyRequest, { owner }: Principal): HttpSseConnection {
    const { sessionId } = query as { readonly sessionId?: unknown }
    const connection = this.#connections.get(String(sessionId))
    if (connection && isSameOwner(connection.owner, owner)) return connection
    throw new Refusal(
      404,
      `There is no stream of this session here: it has ended, or another coordinator has it. Open ${SSE_PATH} again.`,
    )
  }
}

const isSameOwner = (a: Owner, b: Owner): boolean => ownerKey(a) === ownerKey(b)
