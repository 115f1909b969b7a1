import {
  modern,
  parseMessage,
  parseTraceContext,
  RPC,
  RpcError,
  type RpcRequest,
  requestIdIn,
  toError,
  toResult,
} from '@longhaul/protocol'
import type { Principal } from '@longhaul/task'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { EventStream } from '../event-stream.ts'
import { isUnavailable } from '../is-unavailable.ts'
import { sendResponse } from '../send-response.ts'
import { type Client, toClient } from './client.ts'
import { HeldCall } from './held-call.ts'
import { ListenStream } from './listen-stream.ts'
import type { Answer } from './method.ts'
import { findMethod } from './methods.ts'

/** Streamable HTTP of 2026-07-28: one request per POST, which says everything about itself (R22 to R30). */
export class ModernRoute {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  async post(request: FastifyRequest, reply: FastifyReply, principal: Principal): Promise<unknown> {
    try {
      const message = parseMessage(request.body)
      if (message.kind === 'notification') return reply.code(202).send()
      if (message.kind === 'response')
        throw new RpcError(RPC.invalidRequest, 'No request was sent to you; answers come as inputResponses.')
      return await this.#answer(message.request, request, reply, principal)
    } catch (error) {
      const { status, body } = modern.toModernError(error)
      if (status >= 500 && !isUnavailable(error)) request.log.error({ err: error }, 'request failed')
      return reply.code(status).send(toError(requestIdIn(request.body), body))
    }
  }

  async #answer(rpc: RpcRequest, { headers }: FastifyRequest, reply: FastifyReply, principal: Principal) {
    const envelope = modern.parseEnvelope(rpc)
    modern.checkVersion(headers, envelope.version)
    modern.checkRouting(headers, rpc)
    const client = toClient(principal, envelope)
    const isGone = () => reply.raw.destroyed
    const trace = parseTraceContext(rpc.params?._meta, headers)
    const answer = await findMethod(rpc.method)(this.#deps, { request: rpc, client, headers, trace, isGone })
    if (answer.kind === 'result') return sendResponse(reply, toResult(rpc.id, answer.result))
    this.#stream(answer, { rpc, client, reply })
    return reply
  }

  #stream(
    answer: Exclude<Answer, { kind: 'result' }>,
    { rpc: { id: requestId }, client, reply }: { rpc: RpcRequest; client: Client; reply: FastifyReply },
  ): void {
    const { streams, settings } = this.#deps
    const stream = EventStream.answering(reply, settings)
    const held =
      answer.kind === 'held'
        ? new HeldCall(this.#deps, { client, requestId, held: answer }, stream)
        : new ListenStream(this.#deps, { client, requestId, wanted: answer.wanted }, stream)
    streams.hold(held, held.run())
  }
}
