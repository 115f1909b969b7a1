import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import {
  InMemoryTaskMessageQueue,
  InMemoryTaskStore,
  type ToolTaskHandler,
} from '@modelcontextprotocol/sdk/experimental/tasks'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { type CallToolResult, isInitializeRequest } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { announce } from '../processes/announce.ts'

// FROZEN. Program: the MCP SDK, version 1, as its examples use it: sessions and tasks in the memory of one process,
// nothing durable, nobody told apart. Its task is done before anybody can ask for its result, so that the interval at
// which the SDK looks for results costs nothing.

const transports = new Map<string, StreamableHTTPServerTransport>()
const taskStore = new InMemoryTaskStore()

const INPUT = { topic: z.string() }

const handler: ToolTaskHandler<typeof INPUT> = {
  createTask: async ({ topic }, { taskStore: tasks, taskRequestedTtl }) => {
    const task = await tasks.createTask({ ttl: taskRequestedTtl ?? null })
    const work = async () => {
      const text = await Promise.resolve(`done: ${topic}`)
      await tasks.storeTaskResult(task.taskId, 'completed', { content: [{ type: 'text', text }] })
    }
    void work()
    return { task }
  },
  getTask: async (_args, { taskId, taskStore: tasks }) => tasks.getTask(taskId),
  getTaskResult: async (_args, { taskId, taskStore: tasks }) => (await tasks.getTaskResult(taskId)) as CallToolResult,
}

function createMcpServer(): McpServer {
  const options = {
    capabilities: { tasks: { requests: { tools: { call: {} } } } },
    taskStore,
    taskMessageQueue: new InMemoryTaskMessageQueue(),
  }
  const server = new McpServer({ name: 'reference', version: '1' }, options)
  const config = {
    description: 'One step that does nothing.',
    inputSchema: INPUT,
    execution: { taskSupport: 'optional' },
  } as const
  server.experimental.tasks.registerToolTask('one_step', config, handler)
  return server
}

async function openSession(): Promise<StreamableHTTPServerTransport> {
  const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void transports.set(id, transport),
  })
  await createMcpServer().connect(transport as Parameters<McpServer['connect']>[0])
  return transport
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await json(request)
  const known = transports.get(String(request.headers['mcp-session-id']))
  const transport = known ?? (isInitializeRequest(body) ? await openSession() : undefined)
  if (transport) await transport.handleRequest(request, response, body)
  else response.writeHead(404).end()
}

const server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1')
await once(server, 'listening')
announce(server)
