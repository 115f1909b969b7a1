import type { RpcResponse } from '@longhaul/protocol'
import type { FastifyReply } from 'fastify'
import { toEvent } from './event-stream.ts'

const STREAM = 'text/event-stream'

/** A response that is ready: as JSON, or as the only event of a stream to a client that names that type first. */
export function sendResponse(reply: FastifyReply, response: RpcResponse): FastifyReply {
  const [first = ''] = (reply.request.headers.accept ?? '').split(',')
  if (first.trim() !== STREAM) return reply.send(response)
  return reply.headers({ 'content-type': STREAM, 'cache-control': 'no-cache, no-transform' }).send(toEvent(response))
}
