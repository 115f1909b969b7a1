import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

const FORM = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
const elicit = { method: 'elicitation/create', params: { mode: 'form', message: 'Who?', requestedSchema: FORM } }
const TASKS = 'io.modelcontextprotocol/tasks'
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'

interface Running {
  readonly taskId: string
  status: string
  readonly inputRequests?: object
  readonly result?: object
}

/**
 * A server of 2026 with the tasks extension: `greet` asks for a name in a round of its call, `work` in a task of its own.
 * Written out in JSON-RPC, so that a test sees exactly what arrives.
 */
export async function startModernUpstream() {
  const tasks = new Map<string, Running>()
  const sent: { readonly method: string; readonly params: Record<string, never> }[] = []
  const server = createServer(async (request, response) => {
    const { id, method, params } = JSON.parse(await text(request))
    sent.push({ method, params })
    const answer = (result: object) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id, result: { resultType: 'complete', ...result } }))
    const refuse = (code: number, message: string) =>
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } }))
    const cache = { ttlMs: 0, cacheScope: 'private' }
    const name = params?.taskId ?? params?.name
    if (request.headers['mcp-method'] !== method || (name && request.headers['mcp-name'] !== name))
      return refuse(-32020, 'The headers do not fit the body')
    const says = (name: unknown) => ({ content: [{ type: 'text', text: `Hello ${name}` }] })
    const responses = params?.inputResponses ?? {}
    const state = () => ({ ttlMs: 60_000, pollIntervalMs: 100, createdAt: '2026-01-01T00:00:00Z', ...tasks.get(name) })
    switch (method) {
      case 'server/discover':
        return answer({
          supportedVersions: ['2026-07-28'],
          capabilities: { tools: {}, extensions: { [TASKS]: {} } },
          ...cache,
        })
      case 'tools/list':
        return answer({
          tools: ['greet', 'work'].map((tool) => ({ name: tool, inputSchema: { type: 'object' } })),
          ...cache,
        })
      case 'tools/call':
        if (name === 'greet' && !responses.who)
          return answer({ resultType: 'input_required', inputRequests: { who: elicit }, requestState: 'asked' })
        if (name === 'greet') return answer(says(params.requestState === 'asked' && responses.who.content.name))
        // U2: never without a client that says that it knows tasks.
        if (!params._meta[CAPABILITIES].extensions?.[TASKS]) return refuse(-32021, 'Tasks are needed')
        {
          const taskId = randomUUID()
          tasks.set(taskId, { taskId, status: 'input_required', inputRequests: { who: elicit } })
          return answer({ resultType: 'task', ttlMs: 60_000, pollIntervalMs: 100, taskId, status: 'working' })
        }
      case 'tasks/get':
        return tasks.has(name) ? answer(state()) : refuse(-32602, 'There is no such task')
      case 'tasks/update':
        tasks.set(name, { taskId: name, status: 'completed', result: says(responses.who.content.name) })
        return answer({})
      case 'tasks/cancel':
        tasks.set(name, { taskId: name, status: 'cancelled' })
        return answer({})
      default:
        return refuse(-32601, 'Method not found')
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    /** How often a method came. */
    count: (method: string) => sent.filter((message) => message.method === method).length,
    statuses: () => [...tasks.values()].map(({ status }) => status),
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
