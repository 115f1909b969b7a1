import { type JsonObject, type JsonSchema, type Progress, type Root, randomId, type TraceContext } from '@longhaul/task'
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type ClientCapabilities,
  type Implementation,
  PROTOCOL_VERSION_META_KEY,
  ProtocolError,
  ProtocolErrorCode,
  type RequestOptions,
} from '@modelcontextprotocol/client'
import * as z from 'zod'
import type { AskPolicy } from './ask-policy.ts'
import { Exchange, type Outgoing, type Reply, type ServerAsk } from './exchange.ts'
import { failureOf, isConnectionTrouble } from './failure.ts'
import { HttpTransport } from './http-transport.ts'
import type { Link } from './link.ts'
import type { Log } from './log.ts'
import { OrderedClient } from './ordered-client.ts'
import type { StdioTransport } from './stdio-transport.ts'
import type { TaskHome } from './upstream-task.ts'

/** Longest wait for a list of tools, and for a sign of life. Neither does any work. */
const LIST_TIMEOUT_MS = 60_000
const PING_TIMEOUT_MS = 10_000
/** Pages of a list after which its cursor is taken for one that goes in circles. */
const MAX_PAGES = 100
/** Change notifications within this time make one new list. */
const DEBOUNCE_MS = 50
/** Where the receiver of a call finds the key by which it can refuse to do the same thing twice. */
export const IDEMPOTENCY_KEY = 'dev.longhaul/idempotencyKey'

/** Results are taken as they come, in the server's key order; whoever asked looks at what matters. */
const AnyObject = z.record(z.string(), z.unknown())

export interface ConnectionOptions {
  readonly server: string
  readonly clientInfo: Implementation
  readonly log: Log
  /** Called once, when no more requests should go this way, unless it was closed from here. */
  readonly onLost: (why: string) => void
  readonly onToolsChanged: () => void
  readonly asks: AskPolicy
  readonly roots: readonly Root[]
}

export interface WireCall {
  readonly tool: string
  readonly inputSchema: JsonSchema
  readonly args: JsonObject
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly idempotencyKey?: string
  readonly onProgress?: (progress: Progress) => void
  readonly trace?: TraceContext
}

/** The extension of 2026 by which a server may answer a call with a task. */
const TASKS = 'io.modelcontextprotocol/tasks'

/** One connection to one server, from its handshake until it is lost. */
export class Connection implements Link {
  readonly #client: OrderedClient
  readonly #options: ConnectionOptions
  readonly #capabilities: ClientCapabilities
  #calls = 0
  /** Those of them that are requests of the exchange. */
  #exchanged = 0
  #isRetired = false
  #isOver = false
  #isChecking = false
  #isClosing = false
  readonly #closed = Promise.withResolvers<void>()
  #transport: StdioTransport | HttpTransport | undefined
  #exchange: Exchange | undefined
  #home: TaskHome | undefined

  constructor(era: 'legacy' | 'auto', options: ConnectionOptions) {
    this.#options = options
    this.#capabilities = toCapabilities(options.asks)
    this.#client = new OrderedClient(options.clientInfo, {
      capabilities: this.#capabilities,
      versionNegotiation: { mode: era },
      inputRequired: { autoFulfill: false },
      listChanged: {
        tools: { autoRefresh: false, debounceMs: DEBOUNCE_MS, onChanged: () => options.onToolsChanged() },
      },
    })
    this.#client.fallbackRequestHandler = async ({ method }) => {
      if (method === 'roots/list' && options.roots.length > 0) return { roots: [...options.roots] }
      throw new ProtocolError(ProtocolErrorCode.MethodNotFound, whyNot(method, options.asks))
    }
  }

  /** The handshake. @throws whatever it failed with; the transport is closed then. */
  async connect(transport: StdioTransport | HttpTransport, options: RequestOptions): Promise<void> {
    try {
      await this.#client.connect(transport, options)
    } catch (error) {
      this.#isOver = true
      await transport.close()
      throw error
    }
    // Only now: what fails during the handshake is told by its error.
    this.#client.onclose = () => {
      this.#exchange?.end()
      this.lose('it exited')
    }
    this.#client.onerror = (error) => this.#look(error)
    void this.#followListening()
    this.#transport = transport
    this.#home = this.#homeOf(transport)
    this.#exchange = new Exchange(transport, () => this.#calls > this.#exchanged)
  }

  get era(): 'legacy' | 'modern' {
    return this.#client.getProtocolEra() === 'modern' ? 'modern' : 'legacy'
  }

  get home(): TaskHome | undefined {
    return this.#home
  }

  /** Whether the server answers calls with tasks where it is asked for that, or may. */
  get knowsTasks(): boolean {
    const { tasks, extensions } = this.#client.getServerCapabilities() ?? {}
    return this.era === 'modern' ? extensions?.[TASKS] !== undefined : tasks?.requests?.tools?.call !== undefined
  }

  /** A request beside those of the SDK's client. @throws errors of the SDK (see failure.ts), the signal's reason */
  async request(outgoing: Outgoing): Promise<JsonObject> {
    if (!this.#exchange) throw new Error('Not connected')
    this.#calls += 1
    this.#exchanged += 1
    try {
      return await this.#exchange.request({
        ...outgoing,
        params: { ...outgoing.params, ...this.#meta(outgoing.params) },
      })
    } catch (error) {
      if (!outgoing.signal.aborted && failureOf(error).kind === 'timeout') void this.#check()
      throw error
    } finally {
      this.#exchanged -= 1
      this.#calls -= 1
      if (this.#isRetired && this.#calls === 0) void this.close()
    }
  }

  async respond(id: ServerAsk['id'], reply: Reply): Promise<void> {
    await this.#exchange?.respond(id, reply)
  }

  /** A task was made in it, with which others go on when this has ended. */
  keepHome(): void {
    if (this.#transport instanceof HttpTransport) this.#transport.keepSession()
  }

  /** What every request of 2026 says of its client. */
  #meta({ _meta }: JsonObject): { readonly _meta?: JsonObject } {
    if (this.era === 'legacy') return {}
    const { clientInfo } = this.#options
    const capabilities = { ...this.#capabilities, extensions: { [TASKS]: {} } }
    const frame = {
      [PROTOCOL_VERSION_META_KEY]: this.#client.getNegotiatedProtocolVersion(),
      [CLIENT_INFO_META_KEY]: { ...clientInfo } as JsonObject,
      [CLIENT_CAPABILITIES_META_KEY]: capabilities as JsonObject,
    }
    return { _meta: { ...Object(_meta), ...frame } }
  }

  #homeOf(transport: StdioTransport | HttpTransport): TaskHome | undefined {
    if (!(transport instanceof HttpTransport)) return { kind: 'process', id: randomId(12) }
    const { sessionId: id } = transport
    const version = this.#client.getNegotiatedProtocolVersion()
    return id !== undefined && version !== undefined ? { kind: 'session', id, version } : undefined
  }

  /** Every page of tools/list, as it came. Empty where the server has no tools. */
  async listTools(signal: AbortSignal): Promise<unknown[]> {
    if (!this.#client.getServerCapabilities()?.tools) return []
    const tools: unknown[] = []
    let params: { cursor?: string } = {}
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const request = { method: 'tools/list', params } as const
      const result = await this.#client.request(request, AnyObject, { timeout: LIST_TIMEOUT_MS, signal })
      if (!Array.isArray(result.tools)) throw new Error('its answer to tools/list has no tools')
      tools.push(...result.tools)
      if (typeof result.nextCursor !== 'string') return tools
      params = { cursor: result.nextCursor }
    }
    throw new Error(`its tools/list goes on after ${MAX_PAGES} pages`)
  }

  /**
   * One tools/call; its timeout and the signal cancel it on the server too.
   * @returns the result as it came @throws errors of the SDK (see failure.ts)
   */
  async callTool({
    tool,
    inputSchema,
    args,
    signal,
    timeoutMs,
    idempotencyKey,
    onProgress,
    trace,
  }: WireCall): Promise<object> {
    const meta = { ...trace, ...(idempotencyKey !== undefined && { [IDEMPOTENCY_KEY]: idempotencyKey }) }
    const params = { name: tool, arguments: args, ...(Object.keys(meta).length > 0 && { _meta: meta }) }
    const options: RequestOptions = { signal, timeout: timeoutMs }
    if (onProgress) {
      options.onprogress = ({ progress, total, message }) =>
        onProgress({ progress, ...(total !== undefined && { total }), ...(message !== undefined && { message }) })
    }
    this.#calls += 1
    try {
      // `callTool` adds the headers that a tool of 2026 may ask for by its input schema. It also checks the content
      // blocks, which a legacy result is spared: an unknown kind of block is no reason to lose what was done.
      return this.#client.getProtocolEra() === 'modern'
        ? await this.#client.callTool(params, {
            ...options,
            toolDefinition: { name: tool, inputSchema: { ...inputSchema, type: 'object' } },
          })
        : await this.#client.request({ method: 'tools/call', params }, AnyObject, options)
    } catch (error) {
      // It is slow, or it hangs: then it would leave every later call to its limit as well.
      if (!signal.aborted && failureOf(error).kind === 'timeout') void this.#check()
      throw error
    } finally {
      this.#calls -= 1
      if (this.#isRetired && this.#calls === 0) void this.close()
    }
  }

  /** Says that no more requests should go this way. */
  lose(why: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#options.onLost(why)
  }

  /** Closes once the calls that are under way have ended. Resolves then. */
  retire(): Promise<void> {
    this.#isRetired = true
    if (this.#calls === 0) void this.close()
    return this.#closed.promise
  }

  /** Ends calls under way. Resolves when the process is gone, or the session. */
  close(): Promise<void> {
    this.#isOver = true
    if (!this.#isClosing) this.#client.close().then(this.#closed.resolve, this.#closed.resolve)
    this.#isClosing = true
    return this.#closed.promise
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** An error outside of any request. Its message may quote what was said, so only its kind is logged. */
  #look(error: Error): void {
    const { server, log } = this.#options
    log.debug({ server, error: error.name }, 'the connection to an upstream server reports an error')
    if (isConnectionTrouble(error)) void this.#check()
  }

  /** Asks for a sign of life: one broken stream, or one call without an end, does not mean that the server is gone. */
  async #check(): Promise<void> {
    if (this.#isOver || this.#isChecking) return
    this.#isChecking = true
    try {
      const isModern = this.#client.getProtocolEra() === 'modern'
      await this.#client[isModern ? 'discover' : 'ping']({ timeout: PING_TIMEOUT_MS })
    } catch (error) {
      const failure = failureOf(error)
      if (failure.kind !== 'answered') this.lose('message' in failure ? failure.message : 'it does not answer')
    } finally {
      this.#isChecking = false
    }
  }

  /** In 2026 changes come on a stream of their own. Without it the tools would stay as they are for good. */
  async #followListening(): Promise<void> {
    const stream = this.#client.autoOpenedSubscription
    if (stream && (await stream.closed) === 'remote') this.lose('its stream of changes ended')
  }
}

/** What the server is told that it may ask. */
const toCapabilities = ({ sampling, elicitation, roots }: AskPolicy): ClientCapabilities => ({
  ...(sampling !== 'deny' && { sampling: {} }),
  ...(elicitation !== 'deny' && { elicitation: { form: {}, url: {} } }),
  ...(roots.length > 0 && { roots: {} }),
})

/** What a server is told whose question is none of a call that could pass it on. */
function whyNot(method: string, { sampling, elicitation }: AskPolicy): string {
  const isAllowed =
    (method === 'sampling/createMessage' && sampling !== 'deny') ||
    (method === 'elicitation/create' && elicitation !== 'deny')
  return isAllowed
    ? `Longhaul does not know in which call of an exposed tool ${method} is asked: none is under way, or several are`
    : `Longhaul does not pass ${method} on to anybody here`
}
