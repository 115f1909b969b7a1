import { once } from 'node:events'
import { createServer } from 'node:http'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { announce } from '../processes/announce.ts'

// FROZEN. Program: the MCP SDK, version 2, as its README uses it, with a tool that does nothing and keeps nothing.

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'reference', version: '1' }, { capabilities: { tools: {} } })
  const config = { description: 'Does nothing.', inputSchema: z.object({ topic: z.string() }) }
  server.registerTool('nothing', config, async ({ topic }) => ({ content: [{ type: 'text', text: `done: ${topic}` }] }))
  return server
})
const handle = toNodeHandler(handler)

const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1')
await once(server, 'listening')
announce(server)
