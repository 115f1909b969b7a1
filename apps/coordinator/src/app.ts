import { legacy, RPC, RpcError } from '@longhaul/protocol'
import type { Settings } from '@longhaul/task'
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { parseApiKeys } from './guards/api-keys.ts'
import { type Authenticate, createAuthenticate } from './guards/authenticate.ts'
import { createCheckReach } from './guards/reachable-as.ts'
import { Refusal } from './guards/refusal.ts'
import { type Health, registerHealth } from './health.ts'
import { toHttpError } from './http-error.ts'
import type { LegacyDeps } from './legacy/deps.ts'
import { LegacyRoute } from './legacy/route.ts'
import { modernVersionOf } from './modern-version.ts'

export interface AppOptions {
  readonly deps: LegacyDeps
  readonly settings: Settings
  readonly health: Health
  readonly log: FastifyBaseLogger
}

/** The coordinator's HTTP side. Never listens; closing it ends its streams. */
export function buildApp({ deps, settings, health, log }: AppOptions): FastifyInstance {
  const app = fastify({ loggerInstance: log, disableRequestLogging: true, bodyLimit: settings.maxBodyBytes })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body as string))
    } catch {
      done(Object.assign(new Error('not JSON'), { statusCode: 400 }))
    }
  })
  app.setErrorHandler((error, request, reply) => {
    const { id } = (request.body ?? {}) as { id?: unknown }
    const { status, headers, body } = toHttpError(error, { id, maxBodyBytes: settings.maxBodyBytes })
    if (status >= 500) request.log.error({ err: error }, 'request failed')
    return reply.code(status).headers(headers).send(body)
  })
  app.addHook('preClose', () => deps.streams.close())
  registerHealth(app, health)
  registerMcp(app, new LegacyRoute(deps), settings)
  return app
}

type Verb = (request: FastifyRequest, reply: FastifyReply, principal: ReturnType<Authenticate>) => Promise<unknown>

function registerMcp(app: FastifyInstance, route: LegacyRoute, settings: Settings): void {
  const authenticate = createAuthenticate(parseApiKeys(settings.apiKeys))
  const checkReach = createCheckReach(settings)
  const verbs: Readonly<Record<string, Verb>> = {
    POST: (request, reply, principal) => {
      const version = modernVersionOf(request.body)
      if (version !== undefined) throw unsupported(version)
      return route.post(request, reply, principal)
    },
    GET: route.get.bind(route),
    DELETE: route.delete.bind(route),
  }
  // Before the body is read: who may not call is not listened to.
  const guard = async ({ headers }: FastifyRequest) => {
    checkReach({ host: headers.host, origin: headers.origin })
    authenticate(headers.authorization)
  }
  app.all('/mcp', { onRequest: guard }, async (request, reply) => {
    const verb = verbs[request.method]
    if (!verb) throw new Refusal(405, `${request.method} is not served here.`, { allow: Object.keys(verbs).join(', ') })
    return verb(request, reply, authenticate(request.headers.authorization))
  })
}

/** Tells a client of a later revision which ones are served, so that it can fall back. */
function unsupported(requested: string): RpcError {
  const data = { supported: legacy.LEGACY_VERSIONS, requested }
  return new RpcError(
    RPC.unsupportedVersion,
    `Unsupported protocol version ${requested}; initialize with one of data.supported.`,
    data,
  )
}
