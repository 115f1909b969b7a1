import type { Problem } from '@longhaul/task'
import type { Implementation } from '@modelcontextprotocol/client'
import type { Log } from './log.ts'
import { UpstreamServer } from './server.ts'
import type { ServerConfig } from './server-config.ts'
import type { UpstreamTool } from './tools.ts'
import type { TaskLimits } from './upstream-task.ts'

export interface UpstreamsOptions {
  readonly log: Log
  /** What the servers are told that we are. */
  readonly clientInfo: Implementation
  /** The project's folder: child processes run in it unless their entry says otherwise. */
  readonly dir: string
  /** Longest call where a server's entry says nothing, in milliseconds. */
  readonly timeoutMs: number
  /** Longest handshake where a server's entry says nothing, in milliseconds. */
  readonly connectTimeoutMs: number
  readonly tasks: TaskLimits
}

/** The upstream servers of a project, each kept connected on its own. */
export interface Upstreams {
  /** Resolves when every server that there is now has either listed its tools or failed once. Never rejects. */
  readonly settled: Promise<void>
  /** The tools of all servers that were reached so far. */
  tools(): readonly UpstreamTool[]
  /** What is wrong at the moment: servers that are not available, tools that were left out. */
  problems(): readonly Problem[]
  /** Calls the listener whenever `tools()` gives something else than before. @returns how to stop that */
  onToolsChanged(listener: () => void): () => void
  /**
   * Makes these the servers. Those that are configured as before stay connected; of the others no tool is listed any
   * more, and calls that were begun go on until they are let go.
   * @returns lets go of the others: ends their connections and calls
   */
  replace(servers: readonly ServerConfig[]): () => Promise<void>
  /** Ends all connections and calls, and resolves when the child processes are gone. */
  close(): Promise<void>
}

/**
 * Connects to all servers at the same time and returns at once; see `settled`. A server that cannot be reached is
 * tried again, and its tools appear when it is there.
 */
export function connectUpstreams(servers: readonly ServerConfig[], options: UpstreamsOptions): Upstreams {
  const listeners = new Set<() => void>()
  const onToolsChanged = () => {
    // Not within the connecting: what a listener throws is its own failure.
    for (const listener of listeners) queueMicrotask(listener)
  }
  /** Those in use, and dropped ones that may still be called. */
  const connected = new Set<UpstreamServer>()
  const connect = (config: ServerConfig): UpstreamServer => {
    const server = new UpstreamServer(config, { ...options, onToolsChanged })
    connected.add(server)
    return server
  }
  let upstreams = servers.map(connect)
  const closeAll = async (all: readonly UpstreamServer[]) => {
    await Promise.all(all.map((server) => server.close()))
    for (const server of all) connected.delete(server)
  }
  return {
    get settled() {
      return Promise.all(upstreams.map(({ settled }) => settled)).then(() => {})
    },
    tools: () => upstreams.flatMap(({ tools }) => tools),
    problems: () => upstreams.flatMap(({ problems }) => problems),
    onToolsChanged: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    replace: (changed) => {
      const before = upstreams
      upstreams = changed.map((config) => before.find((server) => server.isAs(config)) ?? connect(config))
      const dropped = before.filter((server) => !upstreams.includes(server))
      onToolsChanged()
      return () => closeAll(dropped)
    },
    close: () => closeAll([...connected]),
  }
}
