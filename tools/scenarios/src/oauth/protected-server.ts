import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'

/** One call of a tool that was let in. */
interface AdmittedCall {
  readonly tool: string
  readonly token: string
  readonly claims: JWTPayload
}

export interface ProtectedServer {
  readonly url: string
  /** Every call that was let in, in order. */
  readonly calls: readonly AdmittedCall[]
  /** Every token that was shown, good or not. */
  readonly shown: ReadonlySet<string>
  /** Resolves when so many calls of the tool `hold` are under way or over. */
  held(count: number): Promise<void>
  /** Lets calls of `hold` end. */
  release(): void
  close(): Promise<unknown>
}

/** Scope that every request takes, and those that a tool takes beside it. */
const SCOPE = 'mcp'
const SCOPES_OF: Readonly<Record<string, string>> = { restricted: 'tasks:read' }

/**
 * An MCP server over Streamable HTTP that is a resource server of OAuth: a request has to show an access token of the
 * issuer for this server, which is not over, with the scopes that it takes.
 * @param issuerOf the authorization server, given the URL of this one
 */
export async function startProtectedServer(issuerOf: (url: string) => Promise<string>): Promise<ProtectedServer> {
  const calls: AdmittedCall[] = []
  const shown = new Set<string>()
  const released = Promise.withResolvers<void>()
  const waiting = new Set<() => void>()
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `${origin}/mcp`
  const issuer = await issuerOf(url)
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))

  const verify = async (authorization = '') => {
    const token = authorization.replace(/^Bearer /, '')
    if (token) shown.add(token)
    return { token, claims: (await jwtVerify(token, keys, { issuer, audience: url })).payload }
  }
  const refuse = (response: ServerResponse, status: number, error: string) =>
    response
      .writeHead(status, {
        'www-authenticate': `Bearer ${error}, resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`,
      })
      .end()

  server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/.well-known/')) {
      const metadata = { resource: url, authorization_servers: [issuer], scopes_supported: [SCOPE, 'tasks:read'] }
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata))
    }
    const admitted = await verify(request.headers.authorization).catch(() => undefined)
    if (!admitted) return refuse(response, 401, `scope="${SCOPE}"`)
    if (request.method !== 'POST') return response.writeHead(405).end()
    const message = (await json(request)) as { readonly method: string; readonly params?: { readonly name?: string } }
    const tool = message.method === 'tools/call' ? (message.params?.name ?? '') : ''
    const needed = [SCOPE, ...(SCOPES_OF[tool] ?? '').split(' ')].filter((scope) => scope !== '')
    const given = String(admitted.claims.scope).split(' ')
    if (!needed.every((scope) => given.includes(scope)))
      return refuse(response, 403, `error="insufficient_scope", scope="${needed.join(' ')}"`)
    if (tool) calls.push({ tool, ...admitted })
    for (const look of waiting) look()
    await answer(request, response, { message, claims: admitted.claims })
  })

  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    { message, claims }: { readonly message: unknown; readonly claims: JWTPayload },
  ) => {
    const mcp = new McpServer({ name: 'archive', version: '1' })
    const annotations = { readOnlyHint: true }
    const said = { content: [{ type: 'text' as const, text: `for ${claims.client_id}` }] }
    mcp.registerTool('look', { annotations }, () => said)
    mcp.registerTool('restricted', { annotations }, () => said)
    mcp.registerTool('until_token_is_over', { annotations }, async () => {
      await delay((claims.exp ?? 0) * 1000 - Date.now())
      return said
    })
    mcp.registerTool('hold', { annotations }, async () => {
      await released.promise
      return said
    })
    const transport = new StreamableHTTPServerTransport({})
    response.on('close', () => void mcp.close())
    await mcp.connect(transport as Parameters<typeof mcp.connect>[0])
    await transport.handleRequest(request, response, message)
  }

  return {
    url,
    calls,
    shown,
    async held(count) {
      const isSo = () => calls.filter(({ tool }) => tool === 'hold').length >= count
      while (!isSo()) {
        const next = Promise.withResolvers<void>()
        waiting.add(next.resolve)
        await next.promise
        waiting.delete(next.resolve)
      }
    },
    release: released.resolve,
    close: () => new Promise((closed) => server.close(closed).closeAllConnections()),
  }
}
