import { randomBytes } from 'node:crypto'
import { legacy, parseMessage, parseTraceContext, type RpcRequest, toResult } from '@longhaul/protocol'
import { ownerKey, type Principal } from '@longhaul/task'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { CANCELLED_BY_CLIENT, callOff } from '../call-off.ts'
import type { Deps } from '../deps.ts'
import { EventStream } from '../event-stream.ts'
import { Refusal } from '../guards/refusal.ts'
import { sendResponse } from '../send-response.ts'
import { Batch } from './batch.ts'
import type { Held } from './held/held.ts'
import { HeldRequest } from './held/held-request.ts'
import { parseEventId } from './held/resume-point.ts'
import { lookAhead } from './look-ahead.ts'
import type { MethodCall } from './method.ts'
import { callMethod } from './methods.ts'
import { openSession } from './open-session.ts'
import { SessionStream } from './session-stream.ts'
import { takeMessage } from './take-message.ts'
import { checkVersionHeader } from './version-header.ts'
import { toViewer, type Viewer } from './viewer.ts'

const SESSION_HEADER = 'mcp-session-id'

/** Streamable HTTP of 2025-11-25 and older (R7 to R20): each verb of the one endpoint. */
export class LegacyRoute {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  async post(request: FastifyRequest, reply: FastifyReply, principal: Principal): Promise<unknown> {
    const { body } = request
    if (Array.isArray(body) && request.headers[SESSION_HEADER]) {
      const viewer = await this.#viewer(request, principal)
      if (viewer.features.batches) return this.#takeBatch(body, reply, viewer)
    }
    const message = parseMessage(body)
    if (message.kind === 'request' && message.request.method === 'initialize') {
      return this.#initialize(message.request, reply, principal)
    }
    const viewing = this.#viewer(request, principal)
    if (message.kind === 'request') {
      const mark = this.#deps.watch.markOfSession(String(request.headers[SESSION_HEADER]))
      // In the same turn, so that both are one round trip.
      const looked = lookAhead(this.#deps, message.request, principal)
      return this.#call(message.request, reply, { viewer: await viewing, looked, mark })
    }
    const viewer = await viewing
    await takeMessage(this.#deps, viewer, message)
    return reply.code(202).send()
  }

  async get(request: FastifyRequest, reply: FastifyReply, principal: Principal): Promise<unknown> {
    const viewer = await this.#viewer(request, principal)
    const last = request.headers['last-event-id']
    if (typeof last === 'string' && last !== '') return this.#resume(last, reply, viewer)
    const stream = this.#open(reply, viewer)
    this.#deps.streams.hold(stream, new SessionStream(this.#deps, viewer, stream).run())
    return reply
  }

  async delete(request: FastifyRequest, reply: FastifyReply, principal: Principal): Promise<unknown> {
    const { session } = await this.#viewer(request, principal)
    await this.#deps.sessions.close(session)
    return reply.code(204).send()
  }

  #takeBatch(body: readonly unknown[], reply: FastifyReply, viewer: Viewer): Promise<unknown> {
    const messages = legacy.parseBatch(body, this.#deps.settings.maxBatchMessages)
    return new Batch(this.#deps, viewer, reply.header(SESSION_HEADER, viewer.session.id)).take(messages)
  }

  async #initialize(request: RpcRequest, reply: FastifyReply, principal: Principal): Promise<unknown> {
    const id = randomBytes(24).toString('base64url')
    const response = await openSession(this.#deps, { request, principal, id })
    return reply.header(SESSION_HEADER, id).send(response)
  }

  /** The session of a request; another's session is as unknown as none (R15, R17, R18). @throws Refusal */
  async #viewer(request: FastifyRequest, principal: Principal): Promise<Viewer> {
    checkVersionHeader(request)
    const id = request.headers[SESSION_HEADER]
    if (typeof id !== 'string' || id === '')
      throw new Refusal(400, 'The header Mcp-Session-Id is missing: initialize first.')
    const session = /^[\w-]{1,64}$/.test(id) ? await this.#deps.sessions.use(id) : undefined
    if (!session || ownerKey(session.owner) !== ownerKey(principal.owner)) {
      throw new Refusal(404, 'Session not found: it has ended, or never was. Initialize again.')
    }
    return toViewer(session, principal, this.#deps.settings)
  }

  async #call(
    request: RpcRequest,
    reply: FastifyReply,
    { viewer, looked, mark }: Pick<MethodCall, 'viewer' | 'looked'> & Pick<Held, 'mark'>,
  ): Promise<unknown> {
    const isGone = () => reply.raw.destroyed
    const trace = parseTraceContext(request.params?._meta, reply.request.headers)
    const answer = await callMethod(this.#deps, { request, viewer, looked, trace, isGone })
    if (answer.kind === 'result') return sendResponse(reply, toResult(request.id, answer.result))
    const { kind: _, ...held } = answer
    return this.#hold(reply, { viewer, requestId: request.id, mark, ...held })
  }

  /** Goes on with a held request under its own id, whichever coordinator had it (R13). */
  async #resume(eventId: string, reply: FastifyReply, viewer: Viewer): Promise<unknown> {
    const resumed = parseEventId(eventId)
    if (!resumed) throw new Refusal(400, 'The Last-Event-ID is none of this server.')
    const { taskId, requestId, isRelated } = resumed
    if (await this.#deps.sessions.isWithdrawn(viewer.session.id, JSON.stringify(requestId))) {
      // Whoever held it may have died before it heard of that.
      if (!isRelated) await callOff(this.#deps, { principal: viewer.principal, taskId, reason: CANCELLED_BY_CLIENT })
      // Clients take 405 for "do not come back".
      throw new Refusal(405, 'The request was cancelled; there is nothing to resume.', { allow: 'GET, POST, DELETE' })
    }
    return this.#hold(reply, { viewer, taskId, requestId, isRelated, resumed })
  }

  #hold(reply: FastifyReply, held: Held): FastifyReply {
    const stream = this.#open(reply, held.viewer)
    this.#deps.streams.hold(stream, new HeldRequest(this.#deps, held, stream).run())
    return reply
  }

  #open(reply: FastifyReply, { session }: Viewer): EventStream {
    return EventStream.answering(reply, this.#deps.settings, { [SESSION_HEADER]: session.id })
  }
}
