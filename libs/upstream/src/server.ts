import { setTimeout as delay } from 'node:timers/promises'
import type { Problem, Root } from '@longhaul/task'
import type { Implementation } from '@modelcontextprotocol/client'
import { AccessTokens } from './access-tokens.ts'
import { type AskPolicy, DENY_ALL, toRoots } from './ask-policy.ts'
import { pauseAfter } from './backoff.ts'
import type { Connection } from './connection.ts'
import type { Log } from './log.ts'
import { toExtensions } from './oauth-config.ts'
import { openConnection } from './open-connection.ts'
import type { TaskHost } from './reach-task.ts'
import { inSession } from './resume-session.ts'
import type { ServerConfig } from './server-config.ts'
import { ToolList } from './tool-list.ts'
import type { UpstreamTool } from './tools.ts'
import type { TaskLimits } from './upstream-task.ts'
import { within } from './within.ts'

/** A connection that held this long was a good one: when it is lost, the next attempt follows at once. */
const STABLE_MS = 30_000

export interface ServerOptions {
  readonly clientInfo: Implementation
  /** The project's folder, where child processes run. */
  readonly dir: string
  /** Longest call where the server's entry says nothing, in milliseconds. */
  readonly timeoutMs: number
  /** Longest handshake where the server's entry says nothing, in milliseconds. */
  readonly connectTimeoutMs: number
  readonly tasks: TaskLimits
  readonly log: Log
  readonly onToolsChanged: () => void
}

/** One upstream server that is kept connected until it is closed, and its tools. */
export class UpstreamServer implements TaskHost {
  readonly name: string
  readonly timeoutMs: number
  readonly log: Log
  readonly inSession?: TaskHost['inSession']
  readonly asks: AskPolicy
  readonly roots: readonly Root[]
  /** Resolves when the first attempt to connect has ended, either way. */
  readonly settled: Promise<void>
  readonly #config: ServerConfig
  readonly #options: ServerOptions
  /** The same for every connection. */
  readonly #tokens: AccessTokens | undefined
  readonly #list: ToolList
  readonly #settled = Promise.withResolvers<void>()
  readonly #stop = new AbortController()
  /** Those in use, and lost ones whose last calls are still under way. */
  readonly #connections = new Set<Connection>()
  readonly #ended: Promise<void>
  #connection: Connection | undefined
  #next = Promise.withResolvers<Connection>()
  #listing: Promise<unknown> = Promise.resolve()
  #trouble: string | undefined

  constructor(config: ServerConfig, options: ServerOptions) {
    this.#config = config
    this.#options = options
    this.name = config.name
    this.timeoutMs = config.timeoutMs ?? options.timeoutMs
    this.log = options.log
    this.asks = config.asks ?? DENY_ALL
    this.roots = toRoots(this.asks, options.dir)
    if (config.kind === 'http') {
      const { oauth } = config
      const tokens = oauth && new AccessTokens({ ...config, oauth })
      this.inSession = (home, use) => inSession({ server: config, tokens }, home, use)
      this.#tokens = tokens
    }
    this.#list = new ToolList(config, this, options.tasks)
    this.settled = this.#settled.promise
    this.#ended = this.#keepConnected()
  }

  /** Whether it is configured so, wherever in the file that stands, and whatever of it is exposed. */
  isAs(config: ServerConfig): boolean {
    const ofConnection = ({ source: _, exposed: __, ...rest }: ServerConfig) => JSON.stringify(rest)
    return ofConnection(config) === ofConnection(this.#config)
  }

  get trouble(): string | undefined {
    return this.#trouble
  }

  get closed(): AbortSignal {
    return this.#stop.signal
  }

  /** Those of the last list, also while the server is away: a call then waits for it. */
  get tools(): readonly UpstreamTool[] {
    return this.#list.tools
  }

  get problems(): readonly Problem[] {
    if (this.#trouble === undefined) return this.#list.problems
    const message = `the server "${this.name}" is not available: ${this.#trouble}`
    return [{ ...this.#config.source, severity: 'error', message }, ...this.#list.problems]
  }

  async connection(waitMs: number, signal: AbortSignal): Promise<Connection | undefined> {
    return this.#connection ?? (await within(this.#next.promise, waitMs, signal))
  }

  /** Resolves when its processes are gone. Calls under way reject. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('The connections to the upstream servers are closed'))
    this.#connection?.lose('it was closed')
    await this.#ended
    await Promise.all([...this.#connections].map((connection) => connection.close()))
  }

  async #keepConnected(): Promise<void> {
    let failures = 0
    while (!this.closed.aborted) {
      const heldMs = await this.#holdConnection()
      this.#settled.resolve()
      failures = heldMs >= STABLE_MS ? 0 : failures + 1
      await delay(pauseAfter(failures), undefined, { signal: this.closed }).catch(() => {})
    }
  }

  /** From an attempt to connect until that connection is lost. @returns how long it held, 0 where there was none. */
  async #holdConnection(): Promise<number> {
    const lost = Promise.withResolvers<string>()
    let connection: Connection | undefined
    try {
      connection = await openConnection(this.#config, {
        ...this.#options,
        server: this.name,
        timeoutMs: this.#config.connectTimeoutMs ?? this.#options.connectTimeoutMs,
        asks: this.asks,
        roots: this.roots,
        extensions: toExtensions(this.#config.kind === 'http' ? this.#config.oauth : undefined),
        signal: this.closed,
        ...(this.#tokens && { tokens: this.#tokens }),
        onLost: (why) => {
          // At once, so that no call takes this connection any more.
          this.#withdraw()
          lost.resolve(why)
        },
        onToolsChanged: () => this.#listAgain(connection),
      })
      this.#connections.add(connection)
      const opened = connection
      const listing = opened.listTools(this.closed).then(async (listed) => {
        if (opened.isOver) throw new Error(await lost.promise)
        this.#publish(opened, listed)
      })
      // What changes meanwhile may be missing in it, and is listed again after it.
      this.#listing = listing.catch(() => {})
      await listing
    } catch (error) {
      await connection?.close()
      if (connection) this.#connections.delete(connection)
      this.#tell(error instanceof Error ? error.message : String(error))
      return 0
    }
    const since = Date.now()
    this.#tell(await lost.promise)
    const retired = connection
    void retired.retire().then(() => this.#connections.delete(retired))
    return Date.now() - since
  }

  #publish(connection: Connection, listed: readonly unknown[]): void {
    this.#trouble = undefined
    this.#connection = connection
    this.#take(listed)
    this.log.info({ server: this.name, tools: this.tools.length }, 'upstream server connected')
    this.#settled.resolve()
    this.#next.resolve(connection)
  }

  #withdraw(): void {
    if (!this.#connection) return
    this.#connection = undefined
    this.#next = Promise.withResolvers()
  }

  /** The same failure again and again is one thing to know. */
  #tell(why: string): void {
    const level = this.closed.aborted || why === this.#trouble ? 'debug' : 'warn'
    this.#trouble = why
    this.log[level]({ server: this.name }, `upstream server not available: ${why}`)
  }

  /** One list at a time, so that an older one never replaces a newer one. */
  #listAgain(connection: Connection | undefined): void {
    this.#listing = this.#listing.then(async () => {
      if (!connection || connection !== this.#connection) return
      try {
        const listed = await connection.listTools(this.closed)
        if (connection === this.#connection) this.#take(listed)
      } catch {
        this.log.warn({ server: this.name }, 'upstream server did not list its changed tools; the last list is kept')
      }
    })
  }

  #take(listed: readonly unknown[]): void {
    if (!this.#list.replace(listed)) return
    this.#options.onToolsChanged()
  }
}
