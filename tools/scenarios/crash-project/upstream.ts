/** An MCP server on standard input and output, written out in JSON-RPC, whose effects the recorder counts. */
import { createInterface } from 'node:readline'
import { effect, report } from './recorder-client.ts'

interface Incoming {
  readonly id?: number | string
  readonly method?: string
  readonly params?: {
    readonly name?: string
    readonly requestId?: number | string
    readonly arguments?: { readonly what?: string }
    readonly _meta?: { readonly 'dev.longhaul/idempotencyKey'?: string }
  }
}

const inputSchema = { type: 'object', properties: { what: { type: 'string' } }, required: ['what'] }
const tools = [
  { name: 'put', description: 'Changes nothing the second time.', inputSchema, annotations: { idempotentHint: true } },
  { name: 'post', description: 'Does it again each time.', inputSchema },
  { name: 'wait', description: 'Waits until it is cancelled.', inputSchema },
]

/** What `wait` waits in, by the id of its request. */
const waiting = new Map<number | string, string>()
const worker = process.ppid

const send = (message: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const { id, method, params = {} }: Incoming = JSON.parse(line)
  switch (method) {
    case 'initialize':
      send({
        id,
        result: {
          protocolVersion: '2025-11-25',
          capabilities: { tools: {} },
          serverInfo: { name: 'crash', version: '1' },
        },
      })
      break
    case 'tools/list':
      send({ id, result: { tools } })
      break
    case 'tools/call':
      if (id !== undefined) void call(id, params)
      break
    case 'notifications/cancelled':
      void report({ phase: 'cancelled', what: takeWaiting(params.requestId), worker })
  }
})
// Whoever was to hear of it is gone.
lines.on('close', () => process.exit(0))

async function call(id: number | string, { name, arguments: args = {}, _meta = {} }: NonNullable<Incoming['params']>) {
  const { what = '' } = args
  const key = _meta['dev.longhaul/idempotencyKey']
  if (name === 'wait') {
    waiting.set(id, what)
    await report({ phase: 'begun', what, worker })
  } else {
    const text = await effect(what, { worker, ...(key !== undefined && { key }) })
    send({ id, result: { content: [{ type: 'text', text }] } })
  }
}

function takeWaiting(requestId: number | string | undefined): string {
  const what = waiting.get(requestId ?? '')
  waiting.delete(requestId ?? '')
  return what ?? `no call in flight has the id ${requestId}`
}
