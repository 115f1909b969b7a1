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
import { AnyObject } from './any-object.ts'
import { type AskPolicy, toCapabilities, whyNot } from './ask-policy.ts'
import { Exchange, type Outgoing, type Reply, type ServerAsk } from './exchange.ts'
import { failureOf, isConnectionTrouble } from './failure.ts'
import { HttpTransport } from './http-transport.ts'
import type { Link } from './link.ts'
import { listTools } from './list-tools.ts'
import type { Log } from './log.ts'
import { OrderedClient } from './ordered-client.ts'
import type { StdioTransport } from './stdio-transport.ts'
import type { TaskHome } from './upstream-task.ts'

/** Longest wait for a sign of life, which does no work. */
const PING_TIMEOUT_MS = 10_000
/** Change notifications within this time make one new list. */
const DEBOUNCE_MS = 50
/** Where the receiver of a call finds the key by which it can refuse to do the same thing twice. */
export const IDEMPOTENCY_KEY = 'dev.longhaul/idempotencyKey'

export interface ConnectionOptions {
  readonly server: string
  readonly clientInfo: Implementation
  readonly log: Log
  /** Called once, when no more requests should go this way, unless it was closed from here. */
  readonly onLost: (why: string) => void
  readonly onToolsChanged: () => void
  readonly asks: AskPolicy
  readonly roots: readonly Root[]
  /** Extensions that the server is told of, beside that of tasks. */
  readonly extensions: ClientCapabilities['extensions']
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
    const { asks, extensions } = options
    this.#capabilities = { ...toCapabilities(asks), ...(extensions && { extensions }) }
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
    const params = { ...outgoing.params, ...this.#meta(outgoing.params) }
    const exchange = this.#exchange
    this.#exchanged += 1
    try {
      return await this.#count(outgoing.signal, () => exchange.request({ ...outgoing, params }))
    } finally {
      this.#exchanged -= 1
    }
  }

  /** A call under way. */
  async #count<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    this.#calls += 1
    try {
      return await call()
    } catch (error) {
      // It is slow, or it hangs: then it would leave every later call to its limit as well.
      if (!signal.aborted && failureOf(error).kind === 'timeout') void this.#check()
      throw error
    } finally {
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
    const capabilities = { ...this.#capabilities, extensions: { ...this.#capabilities.extensions, [TASKS]: {} } }
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
  listTools(signal: AbortSignal): Promise<unknown[]> {
    return listTools(this.#client, signal)
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
    // `callTool` adds the headers that a tool of 2026 may ask for by its input schema. It also checks the content
    // blocks, which a legacy result is spared: an unknown kind of block is no reason to lose what was done.
    const toolDefinition = { name: tool, inputSchema: { ...inputSchema, type: 'object' as const } }
    return this.#count<object>(signal, () =>
      this.era === 'modern'
        ? this.#client.callTool(params, { ...options, toolDefinition })
        : this.#client.request({ method: 'tools/call', params }, AnyObject, options),
    )
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
