import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A Streamable HTTP server of 2026: no sessions, and changes come on a stream that clients ask for. */
export async function startModernServer() {
  const tools = [
    {
      name: 'region',
      inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
    },
  ]
  const listening = new Set<ServerResponse>()
  const server = createServer(async (request, response) => {
    const { id, method, params } = JSON.parse(await text(request))
    const answer = (result: object) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id, result: { resultType: 'complete', ...result } }))
    const cache = { ttlMs: 0, cacheScope: 'private' }
    if (method === 'server/discover') {
      answer({ supportedVersions: ['2026-07-28'], capabilities: { tools: { listChanged: true } }, ...cache })
    } else if (method === 'tools/list') {
      answer({ tools, ...cache })
    } else if (method === 'tools/call') {
      answer({ content: [{ type: 'text', text: `${params.name} in ${request.headers['mcp-param-region']}` }] })
    } else {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const acknowledged = {
        jsonrpc: '2.0',
        method: 'notifications/subscriptions/acknowledged',
        params: {
          _meta: { 'io.modelcontextprotocol/subscriptionId': id },
          notifications: { toolsListChanged: true },
        },
      }
      response.write(`data: ${JSON.stringify(acknowledged)}\n\n`)
      listening.add(response)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    /** Adds a tool without a word, and ends the streams on which it could be told. */
    growAndHangUp() {
      tools.push({ ...tools[0], name: 'grown' } as (typeof tools)[number])
      for (const response of listening) response.destroy()
      listening.clear()
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
