import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'

interface Message {
  readonly method?: string
  readonly params?: { readonly name?: string; readonly _meta?: Record<string, unknown> }
}

/** A server of the official SDK over Streamable HTTP, with sessions in memory, and what it was sent. */
export async function startUpstream(createServer: () => McpServer) {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const sent: Message[] = []
  let refusals = 0
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = request.method === 'POST' ? ((await json(request)) as Message) : undefined
    if (body) sent.push(body)
    if (body?.method === 'tools/call' && refusals > 0) {
      refusals--
      response.writeHead(429).end()
      return
    }
    const id = request.headers['mcp-session-id']
    const known = sessions.get(String(id))
    if (known) return known.handleRequest(request, response, body)
    if (id !== undefined) return void response.writeHead(404).end()
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (session) => void sessions.set(session, transport),
      onsessionclosed: (session) => void sessions.delete(session),
    })
    const server = createServer()
    await server.connect(transport as Parameters<typeof server.connect>[0])
    await transport.handleRequest(request, response, body)
  }
  const server = createHttpServer((request, response) => void handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    /** The calls of a tool, in the order in which they came. */
    calls: (tool: string) => sent.filter(({ method, params }) => method === 'tools/call' && params?.name === tool),
    /** How often a method came. */
    count: (method: string) => sent.filter((message) => message.method === method).length,
    /** Is too busy for the next calls. */
    refuseNext(calls: number) {
      refusals = calls
    },
    /** Forgets every session with its tasks, as a restart does. */
    forget() {
      sessions.clear()
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export type Upstream = Awaited<ReturnType<typeof startUpstream>>
