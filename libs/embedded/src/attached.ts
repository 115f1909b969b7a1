import { type DirectoryLock, lockDirectory } from './directory-lock.ts'
import type { StoreNews, StoreOrder, StoreRequest } from './messages.ts'

/** A server inside a store process. */
export interface StoreServer {
  readonly port: number
  readonly pid: number
  /** Resolves with a reason when it ends without `stop`. */
  readonly ended: Promise<string>
  /** Makes data durable and ends. */
  stop(): Promise<void>
  /** Sets its clock ahead, where it can. */
  skip?(ms: number): void
}

export interface StoreStart {
  readonly order: StoreOrder
  readonly warn: (text: string) => void
  /** Names the process that uses the data, where it is not this one. */
  readonly noteServer: (pid: number) => Promise<void>
}

/**
 * The life of a store process, which is attached to its parent: it locks the folder, starts its server, and stops it
 * when told so, on SIGTERM, and when the parent is gone, however that died (the IPC channel closes with it).
 */
export function liveAttached(start: (options: StoreStart) => Promise<StoreServer>): void {
  const order: StoreOrder = JSON.parse(process.argv[2] ?? '')
  let lock: DirectoryLock | undefined
  let isStopping = false

  const tell = (news: StoreNews) =>
    new Promise<void>((resolve) => {
      if (process.connected && process.send) process.send(news, undefined, undefined, () => resolve())
      else resolve()
    })
  const leave = async (code: number): Promise<never> => {
    await lock?.release()
    process.exit(code)
  }
  const fail = async (reason: unknown) => {
    await tell({ type: 'failed', reason: reason instanceof Error ? reason.message : String(reason) })
    return leave(1)
  }

  const starting = (async () => {
    if (order.keep) lock = await lockDirectory(order.folder)
    const warn = (text: string) => void tell({ type: 'warning', text })
    const server = await start({ order, warn, noteServer: async (pid) => lock?.noteServer(pid) })
    void server.ended.then((reason) => isStopping || fail(reason))
    await tell({ type: 'ready', port: server.port, pid: server.pid })
    return server
  })()
  starting.catch(fail)

  const stop = async () => {
    if (isStopping) return
    isStopping = true
    const server = await starting.catch(() => undefined)
    await server?.stop().then(() => leave(0), fail)
  }
  const skip = async (ms: number) => {
    const server = await starting
    server.skip?.(ms)
    await tell({ type: 'skipped' })
  }
  process.on('message', (request: StoreRequest) => (request === 'stop' ? stop() : skip(request.skipMs)))
  process.on('disconnect', stop).on('SIGTERM', stop)
  // Ctrl-C and a closed terminal reach every process of the terminal; the others still need the store to finish.
  process.on('SIGINT', () => {}).on('SIGHUP', () => {})
  // The parent may be gone, and with it the other end of these pipes.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  // It may even have died before this listened.
  if (!process.connected) void stop()
}
