/**
 * An MCP server on standard input and output that misbehaves on request, written out in JSON-RPC so that a test sees
 * exactly what arrives. Environment: FIXTURE_LOG (a file that gets a line for each start and each message),
 * FIXTURE_ERA=modern (2026 only), FIXTURE_BROKEN (a file: while it exists, the server exits at once), FIXTURE_GROWS (its
 * tools change once, while it lists them).
 */
import { appendFileSync, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'

interface Incoming {
  readonly id?: string | number
  readonly method?: string
  readonly params?: {
    readonly name?: string
    readonly cursor?: string
    readonly arguments?: Record<string, unknown>
    readonly _meta?: Record<string, unknown>
  }
  readonly error?: { readonly code: number; readonly message: string }
}

const { FIXTURE_LOG, FIXTURE_BROKEN, FIXTURE_ERA, FIXTURE_GROWS } = process.env
let hasGrown = false
const isModern = FIXTURE_ERA === 'modern'
const note = (line: string) => FIXTURE_LOG && appendFileSync(FIXTURE_LOG, `${line}\n`)

note(`start ${process.pid}`)
if (FIXTURE_BROKEN && existsSync(FIXTURE_BROKEN)) {
  console.error(`cannot start with key ${process.env.FIXTURE_KEY}`)
  process.exit(1)
}

const anything = { type: 'object' }
const ask = { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } }
const tools = [
  {
    name: 'echo',
    title: 'Echo',
    description: 'Gives back what it gets.',
    inputSchema: {
      properties: { text: { type: 'string' }, how: { enum: ['loud', 'soft'] } },
      additionalProperties: false,
      required: ['text'],
      type: 'object',
    },
    annotations: { readOnlyHint: true, 'x-own': 1 },
    icons: [{ src: 'https://example.org/echo.png' }],
    _meta: { 'example.org/kind': 'test' },
  },
  { name: 'where', inputSchema: anything },
  { name: 'slow', inputSchema: anything },
  { name: 'crash', inputSchema: anything },
  { name: 'bad', inputSchema: anything },
  { name: 'fail', inputSchema: anything },
  { name: 'progress', inputSchema: anything },
  { name: 'asks/sampling', inputSchema: anything },
  { name: 'grow', inputSchema: anything },
  { name: 'old', inputSchema: { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object', required: ['x'] } },
  {
    name: 'seven',
    inputSchema: { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', required: ['x'] },
  },
  { name: 'remote', inputSchema: { type: 'object', properties: { x: { $ref: 'http://127.0.0.1:9/x.json' } } } },
  { name: 'echo', inputSchema: anything },
  { name: 'shapeless' },
]

const send = (message: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const answer = (id: Incoming['id'], result: object) =>
  send({ id, result: { ...(isModern && { resultType: 'complete' }), ...result } })
const say = (id: Incoming['id'], text: string) => answer(id, { content: [{ type: 'text', text }] })
const serverInfo = { name: 'fixture', version: '1' }
const capabilities = { tools: { listChanged: true } }

createInterface({ input: process.stdin }).on('line', (line) => {
  const message: Incoming = JSON.parse(line)
  note(message.method ?? `answer ${message.error?.code} ${message.error?.message}`)
  switch (message.method) {
    case 'initialize':
      if (isModern) send({ id: message.id, error: { code: -32022, message: 'Unsupported protocol version' } })
      else answer(message.id, { protocolVersion: '2025-11-25', capabilities, serverInfo })
      break
    case 'ping':
      answer(message.id, {})
      break
    case 'server/discover':
      if (!isModern) send({ id: message.id, error: { code: -32601, message: 'Method not found' } })
      else answer(message.id, { supportedVersions: ['2026-07-28'], capabilities, ttlMs: 0, cacheScope: 'private' })
      break
    case 'subscriptions/listen':
      send({
        method: 'notifications/subscriptions/acknowledged',
        params: {
          _meta: { 'io.modelcontextprotocol/subscriptionId': message.id },
          notifications: { toolsListChanged: true },
        },
      })
      break
    case 'tools/list': {
      // Two pages, so that somebody has to turn one.
      const page = message.params?.cursor === undefined ? tools.slice(0, 5) : tools.slice(5)
      const listed = isModern ? page.filter(({ inputSchema }) => inputSchema) : page
      const grows = message.params?.cursor !== undefined && FIXTURE_GROWS && !hasGrown
      if (grows) {
        hasGrown = true
        tools.unshift({ name: 'grown', inputSchema: anything })
        send({ method: 'notifications/tools/list_changed' })
      }
      const reply = () =>
        answer(message.id, {
          tools: listed,
          ...(message.params?.cursor === undefined && { nextCursor: 'two' }),
          ...(isModern && { ttlMs: 0, cacheScope: 'private' }),
        })
      // Later than a change is waited for.
      if (grows) setTimeout(reply, 200)
      else reply()
      break
    }
    case 'tools/call':
      call(message)
      break
    case undefined:
      // The refusal of what `asks/sampling` asked.
      if (message.error) say(String(message.id).slice('ask-'.length), `${message.error.code} ${message.error.message}`)
  }
})

function call({ id, params: { name, arguments: args = {}, _meta = {} } = {} }: Incoming): void {
  const progress = (value: number, text: string) =>
    send({
      method: 'notifications/progress',
      params: { progressToken: _meta.progressToken, progress: value, total: 2, message: text },
    })
  switch (name) {
    case 'echo':
      answer(id, { content: [{ type: 'text', text: String(args.text) }], structuredContent: { meta: _meta } })
      break
    case 'where':
      say(id, JSON.stringify({ cwd: process.cwd(), pid: process.pid, env: process.env }))
      break
    case 'slow':
      // Never answers. The progress tells who it is, and that it is in the middle of it.
      progress(1, String(process.pid))
      break
    case 'crash':
      process.exit(3)
      break
    case 'bad':
      answer(id, { nothing: true })
      break
    case 'fail':
      send({ id, error: { code: -32050, message: 'the moon is in the way' } })
      break
    case 'progress':
      progress(1, 'half')
      progress(2, 'whole')
      say(id, 'done')
      break
    case 'asks/sampling':
      if (isModern) answer(id, { resultType: 'input_required', inputRequests: { a: ask } })
      else send({ id: `ask-${id}`, ...ask })
      break
    case 'grow':
      tools.push({ name: 'grown', inputSchema: anything })
      send({ method: 'notifications/tools/list_changed' })
      say(id, 'grown')
      break
    default:
      say(id, 'called')
  }
}
