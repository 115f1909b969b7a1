import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { toPreflightHeaders } from '../guards/cross-origin.ts'
import type { CheckReach } from '../guards/reachable-as.ts'
import { Refusal } from '../guards/refusal.ts'
import { AuthorizationServerAway } from './authorization-server.ts'
import type { OAuth } from './oauth.ts'

/** Any page may read what says where to get a token; it is of use only to those who may call. */
const FOR_ALL = { 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=300' }

/** What clients read to get a token: open to everybody who may reach this server. */
export function registerOAuthRoutes(app: FastifyInstance, oauth: OAuth, checkReach: CheckReach): void {
  const onRequest = async ({ headers: { host } }: FastifyRequest, reply: FastifyReply) => {
    checkReach({ host, origin: undefined })
    reply.headers(FOR_ALL)
  }
  const serve = (path: string, handler: RouteHandlerMethod) => {
    app.get(path, { onRequest }, handler)
    // Clients in pages say by a header which revision they speak, and have to ask whether they may.
    app.options(path, { onRequest }, async ({ headers }, reply) => {
      const asked = headers['access-control-request-headers']
      return reply
        .code(204)
        .headers(toPreflightHeaders({ methods: ['GET'], asked }))
        .send()
    })
  }
  const [main] = oauth.resources.values()
  for (const { metadataPaths, metadata } of oauth.resources.values()) {
    for (const path of metadataPaths) serve(path, async () => metadata)
  }
  serve('/.well-known/oauth-protected-resource', async () => main?.metadata)
  app.addHook('onListen', async () => {
    for (const server of oauth.servers) server.learn()
  })
  // Clients that know no metadata of resources look for the authorization server itself, here (Z14).
  serve('/.well-known/oauth-authorization-server', async (_request, reply) => {
    const [server] = oauth.servers
    try {
      return reply.redirect((await server?.metadataUrl()) ?? '', 302)
    } catch (error) {
      if (error instanceof AuthorizationServerAway)
        throw new Refusal(503, 'The authorization server cannot be asked.', { 'cache-control': 'no-store' })
      throw error
    }
  })
}
