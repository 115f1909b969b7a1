import { modern } from '@longhaul/protocol'
import type { Principal } from '@longhaul/task'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Authenticate } from './guards/authenticate.ts'
import { toCrossOriginHeaders, toPreflightHeaders } from './guards/cross-origin.ts'
import type { CheckReach } from './guards/reachable-as.ts'
import { Refusal } from './guards/refusal.ts'

export type Verb = (request: FastifyRequest, reply: FastifyReply, principal: Principal) => Promise<unknown>

export interface Guards {
  readonly checkReach: CheckReach
  readonly authenticate: Authenticate
  /** Told of who was turned away, and whence. */
  readonly onDenied?: ((refusal: Refusal, ip: string) => void) | undefined
}

export interface Endpoint {
  readonly path: string
  /** Path of the endpoint that clients know, where this one only belongs to it. */
  readonly partOf?: string
  /** Only MCP has revisions, some of which know no other method than POST. */
  readonly speaks: 'MCP' | 'HTTP'
  readonly verbs: Readonly<Record<string, Verb>>
}

/** Serves a path to those who may call. The others are turned away before their body is read: they are not listened to. */
export function registerEndpoint(
  app: FastifyInstance,
  { checkReach, authenticate, onDenied }: Guards,
  { path, partOf = path, speaks, verbs: given }: Endpoint,
): void {
  const verbs = new Map(Object.entries(given))
  const methods = [...verbs.keys()]
  const principals = new WeakMap<FastifyRequest, Principal>()
  const guard = async (request: FastifyRequest, reply: FastifyReply) => {
    const { headers, method } = request
    const { host, origin } = headers
    checkReach({ host, origin })
    if (origin !== undefined) reply.headers(toCrossOriginHeaders(origin))
    if (method === 'OPTIONS') {
      const asked = headers['access-control-request-headers']
      return reply.code(204).headers(toPreflightHeaders({ methods, asked })).send()
    }
    try {
      principals.set(request, await authenticate(headers.authorization, partOf))
    } catch (error) {
      if (error instanceof Refusal) onDenied?.(error, request.ip)
      throw error
    }
    if (!verbs.has(method)) throw new Refusal(405, `${method} is not served here.`, { allow: methods.join(', ') })
    const version = String(headers['mcp-protocol-version'])
    if (speaks === 'MCP' && method !== 'POST' && modern.isOfModernEra(version))
      throw new Refusal(405, `MCP ${version} has no ${method}; send every request by POST.`, { allow: 'POST' })
  }
  app.all(path, { onRequest: guard }, async (request, reply) => {
    const principal = principals.get(request)
    return principal && verbs.get(request.method)?.(request, reply, principal)
  })
}
