import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * Who uses an installation, seen by it: each process that does keeps a connection open, which ends with it, however it
 * ends. The installation says which run it is, so that nobody takes another program on that port for it.
 */
export class Attendance {
  readonly #server: Server
  readonly #lingerMs: number
  readonly #deserted = Promise.withResolvers<void>()
  readonly #present = new Set<Socket>()
  #lingering: NodeJS.Timeout | undefined

  private constructor(run: string, lingerMs: number) {
    this.#lingerMs = lingerMs
    this.#server = createServer((socket) => this.#welcome(socket, run))
    this.#linger()
  }

  static async take(run: string, lingerMs: number): Promise<Attendance> {
    const attendance = new Attendance(run, lingerMs)
    attendance.#server.listen(0, '127.0.0.1')
    await once(attendance.#server, 'listening')
    return attendance
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Resolves when nobody has been there for the time to linger. */
  get deserted(): Promise<void> {
    return this.#deserted.promise
  }

  /** Tells all who are there that the installation ends. */
  close(): void {
    clearTimeout(this.#lingering)
    this.#server.close()
    for (const socket of this.#present) socket.destroy()
  }

  #welcome(socket: Socket, run: string): void {
    clearTimeout(this.#lingering)
    this.#present.add(socket)
    socket
      .on('error', () => {})
      .once('close', () => {
        this.#present.delete(socket)
        if (this.#present.size === 0 && this.#server.listening) this.#linger()
      })
    socket.resume()
    socket.write(`${run}\n`)
  }

  #linger(): void {
    this.#lingering = setTimeout(this.#deserted.resolve, this.#lingerMs)
  }
}

/** The presence of this process at an installation. */
export interface Presence {
  /** Resolves when the installation ends, or has died. */
  readonly over: Promise<void>
  leave(): void
}

/** Time in which an installation on this machine says which run it is. */
const SAYS_WITHIN_MS = 5000

/** @returns undefined where that run is no more */
export async function attend(port: number, run: string): Promise<Presence | undefined> {
  const socket = connect(port, '127.0.0.1').setNoDelay()
  const over = new Promise<void>((resolve) => {
    socket.on('error', () => {}).once('close', () => resolve())
  })
  const said = new Promise<string>((resolve) => {
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.length >= run.length) resolve(text.trim())
    })
    socket.setTimeout(SAYS_WITHIN_MS, () => resolve(''))
  })
  const isThere = (await Promise.race([said, over.then(() => '')])) === run
  socket.setTimeout(0)
  if (isThere) return { over, leave: () => void socket.destroy() }
  socket.destroy()
  return undefined
}
