import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'

export interface Refusal {
  readonly status: 401 | 403
  readonly challenge?: string
}

/** A Streamable HTTP server of 2025 with sessions in memory, as the SDK builds one. It can be restarted on its port. */
export class HttpFixture {
  /** Resolves when the tool `slow` is told to stop. */
  readonly cancelled = Promise.withResolvers<void>()
  /** Resolves when the stream of the call of `slow` is closed. */
  readonly slowStreamClosed = Promise.withResolvers<void>()
  readonly methods: string[] = []
  /** What clients said in their handshakes, in either era. */
  readonly handshakes: string[] = []
  /** What a request with a session that is not known gets: the specification's answer, or what many servers say. */
  unknownSessionStatus: 400 | 404 = 404
  authorization: string | undefined
  /** Why a request that brings this is refused; those that are not are served. */
  refuse: (authorization: string | undefined) => Refusal | undefined = () => undefined
  /** For who asks where to get a token. */
  resourceMetadata: object | undefined
  #server: Server | undefined
  #port = 0
  #sessions = new Map<string, StreamableHTTPServerTransport>()
  #servers: McpServer[] = []
  #isGrown = false

  async start(): Promise<string> {
    this.#server = createServer((request, response) => void this.#handle(request, response))
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
    return `http://127.0.0.1:${this.#port}/mcp`
  }

  /** Ends every connection, and forgets every session. */
  async stop(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = undefined
    this.#sessions.clear()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }

  /** Forgets every session, as a restart does, and keeps the connections. */
  forget(): void {
    this.#sessions.clear()
  }

  /** Adds a tool, now and for sessions to come. The SDK tells the clients of now. */
  grow(): void {
    this.#isGrown = true
    for (const server of this.#servers) server.registerTool('grown', {}, () => ({ content: [] }))
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/.well-known/')) {
      response.writeHead(this.resourceMetadata ? 200 : 404).end(JSON.stringify(this.resourceMetadata))
      return
    }
    this.authorization = request.headers.authorization
    const refusal = this.refuse(this.authorization)
    if (refusal) {
      response.writeHead(refusal.status, { 'www-authenticate': refusal.challenge ?? 'Bearer' }).end()
      return
    }
    const body = request.method === 'POST' ? await readJson(request) : undefined
    const message = body as { method?: string; params?: { name?: string } } | undefined
    this.methods.push(message?.method ?? String(request.method))
    if (/initialize$|discover$/.test(message?.method ?? '')) this.handshakes.push(JSON.stringify(message?.params))
    if (message?.params?.name === 'drop') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': working\n\n')
      return
    }
    if (message?.params?.name === 'slow') response.on('close', () => this.slowStreamClosed.resolve())

    const sessionId = request.headers['mcp-session-id']
    const session = typeof sessionId === 'string' ? this.#sessions.get(sessionId) : undefined
    if (session) await session.handleRequest(request, response, body)
    else if (typeof sessionId === 'string') response.writeHead(this.unknownSessionStatus).end()
    else await (await this.#open()).handleRequest(request, response, body)
  }

  async #open(): Promise<StreamableHTTPServerTransport> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void this.#sessions.set(id, transport),
      onsessionclosed: (id) => void this.#sessions.delete(id),
    })
    const server = new McpServer({ name: 'http-fixture', version: '1' })
    server.registerTool('echo', {}, () => ({ content: [{ type: 'text', text: 'over http' }] }))
    server.registerTool('drop', {}, () => ({ content: [] }))
    server.registerTool('slow', {}, async ({ signal, sendNotification, _meta }) => {
      const progressToken = _meta?.progressToken ?? 0
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } })
      await once(signal, 'abort')
      this.cancelled.resolve()
      return { content: [] }
    })
    if (this.#isGrown) server.registerTool('grown', {}, () => ({ content: [] }))
    this.#servers.push(server)
    await server.connect(transport as Parameters<typeof server.connect>[0])
    return transport
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}
