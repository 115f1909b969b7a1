import { decodeUtf8, modern, parseJson } from '@longhaul/protocol'
import type { Principal, Settings } from '@longhaul/task'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { AuditLog } from './audit.ts'
import type { Deps } from './deps.ts'
import { type Guards, registerEndpoint, type Verb } from './endpoint.ts'
import { hashKey, parseApiKeys } from './guards/api-keys.ts'
import { createAuthenticate, LOCAL } from './guards/authenticate.ts'
import { createCheckReach } from './guards/reachable-as.ts'
import { Refusal } from './guards/refusal.ts'
import { type Health, registerHealth } from './health.ts'
import { toProblem } from './http-api/problem.ts'
import { HTTP_API_PATH, registerHttpApi } from './http-api/register.ts'
import { toHttpError } from './http-error.ts'
import { isUnavailable } from './is-unavailable.ts'
import { HttpSseRoute, SSE_PATH } from './legacy/http-sse-route.ts'
import { LegacyRoute } from './legacy/route.ts'
import { ModernRoute } from './modern/route.ts'
import { OAuth } from './oauth/oauth.ts'
import { registerOAuthRoutes } from './oauth/routes.ts'
import { refuseUnreadable } from './unreadable-request.ts'

const MCP_PATH = '/mcp'
const IN_HTTP_API = new RegExp(`^${HTTP_API_PATH}([/?]|$)`)

export interface AppOptions {
  readonly deps: Deps
  readonly settings: Settings
  readonly health: Health
  readonly log: FastifyBaseLogger
  /** Where there is one, it is told who was turned away. */
  readonly auditLog?: AuditLog | undefined
  readonly localKey?: string | undefined
  readonly localPrincipal?: Principal | undefined
}

/**
 * The coordinator's HTTP side. Never listens; closing it ends its streams.
 * @throws Error that names a setting which cannot be used
 */
export function buildApp({ deps, settings, health, log, ...local }: AppOptions): FastifyInstance {
  const sendError = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const isOfApi = settings.httpApi === 'on' && IN_HTTP_API.test(request.url)
    const { status, headers, body } = isOfApi
      ? toProblem(error, settings)
      : toHttpError(error, { body: request.body, maxBodyBytes: settings.maxBodyBytes })
    const isMeant = error instanceof Refusal || isUnavailable(error)
    if (status >= 500 && !isMeant) request.log.error({ err: error }, 'request failed')
    return reply.code(status).headers(headers).send(body)
  }
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: settings.maxBodyBytes,
    ...arrivesWithin(settings.requestTimeoutMs),
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: sendError,
  })
  app.removeAllContentTypeParsers()
  const options = { parseAs: 'buffer' } as const
  // Some clients name a type for a DELETE that has no body.
  app.addContentTypeParser('application/json', options, async ({ method }: FastifyRequest, body: Buffer) =>
    method === 'POST' ? parseJson(decodeUtf8(body)) : undefined,
  )
  app.setErrorHandler(sendError)
  app.setNotFoundHandler(() => {
    const api = settings.httpApi === 'on' ? `, and the HTTP API under ${HTTP_API_PATH}` : ''
    throw new Refusal(404, `There is nothing here; MCP is served at ${MCP_PATH}${api}.`)
  })
  app.addHook('preClose', () => deps.streams.close())
  registerHealth(app, health)
  registerEndpoints(app, deps, createGuards(app, { settings, ...local }))
  return app
}

/** How long a request may take to arrive whole; streams, which are answers, last as long as they like. */
const arrivesWithin = (ms: number) => ({
  requestTimeout: ms,
  // Node takes the shorter of the two for the headers, and looks every half minute unless it is told otherwise.
  http: {
    headersTimeout: Math.min(ms, 60_000),
    connectionsCheckingInterval: Math.min(ms, 30_000),
    // Who names no host hears so from the guards.
    requireHostHeader: false,
  },
})

function createGuards(
  app: FastifyInstance,
  { settings, auditLog, localKey, localPrincipal = LOCAL }: Omit<AppOptions, 'deps' | 'health' | 'log'>,
): Guards {
  const keys = new Map(parseApiKeys(settings.apiKeys))
  if (localKey !== undefined) keys.set(hashKey(localKey), localPrincipal)
  const checkReach = createCheckReach(settings)
  const paths = [
    MCP_PATH,
    ...(settings.httpSse === 'on' ? [SSE_PATH] : []),
    ...(settings.httpApi === 'on' ? [HTTP_API_PATH] : []),
  ]
  const oauth = settings.oauthIssuers.length > 0 ? new OAuth({ settings, log: app.log, paths }) : undefined
  if (oauth) registerOAuthRoutes(app, oauth, checkReach)
  const onDenied: Guards['onDenied'] = auditLog && ((refusal, ip) => auditLog.denied(refusal, ip))
  return { checkReach, authenticate: createAuthenticate({ keys, oauth }), onDenied }
}

function registerEndpoints(app: FastifyInstance, deps: Deps, guards: Guards): void {
  const { settings } = deps
  const legacyRoute = new LegacyRoute(deps)
  const modernRoute = new ModernRoute(deps)
  const post: Verb = (request, reply, principal) => {
    const version = request.headers['mcp-protocol-version']
    const isModern = modern.isModern(request.body, typeof version === 'string' ? version : undefined)
    return (isModern ? modernRoute : legacyRoute).post(request, reply, principal)
  }
  const verbs = {
    GET: legacyRoute.get.bind(legacyRoute),
    POST: post,
    DELETE: legacyRoute.delete.bind(legacyRoute),
  }
  registerEndpoint(app, guards, { path: MCP_PATH, speaks: 'MCP', verbs })
  if (settings.httpSse === 'on') {
    for (const endpoint of new HttpSseRoute(deps).endpoints) registerEndpoint(app, guards, endpoint)
  }
  if (settings.httpApi === 'on') app.register((api) => registerHttpApi(api, deps, guards))
}
