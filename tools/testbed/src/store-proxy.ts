import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A store that can be away: it stands between a store and its clients, and keeps nothing. */
export interface StoreProxy {
  /** `redis://127.0.0.1:PORT`, the same all the time. */
  readonly url: string
  /** How often a client spoke after it had been answered. What is sent in one go, such as a pipeline, counts once. */
  readonly roundTrips: number
  /** Breaks all connections and refuses new ones, like a store that was killed. */
  cut(): Promise<void>
  /** Takes connections again. */
  restore(): Promise<void>
  /** Takes everything and answers nothing, like a store that was stopped (SIGSTOP). */
  freeze(): void
  /**
   * Breaks the connection of whoever is answered next, or after so many answers, instead of passing that on. Then it may
   * freeze, so that nothing is sent again before it thaws.
   * @returns resolves when that has happened
   */
  loseAnswer(after?: number, then?: 'freeze'): Promise<void>
  /** Passes on what was held back. */
  thaw(): void
  /** The store is at another address from the next connection on: it was started anew. */
  moveTo(storeUrl: string): void
  stop(): Promise<void>
}

export async function startStoreProxy(storeUrl: string): Promise<StoreProxy> {
  let target = new URL(storeUrl)
  const sockets = new Set<Socket>()
  let isFrozen = false
  let roundTrips = 0
  /** Answers until one is lost, which is the last of them. */
  let untilLost = 0
  let onLost = () => {}
  let server: Server | undefined

  const onClient = (client: Socket) => {
    const store = connect(Number(target.port), target.hostname)
    let isAnswered = true
    client.on('data', () => {
      if (isAnswered) roundTrips++
      isAnswered = false
    })
    store.on('data', () => {
      isAnswered = true
      if (untilLost === 0 || --untilLost > 0) return
      for (const socket of [client, store]) socket.destroy()
      onLost()
    })
    client.pipe(store)
    store.pipe(client)
    for (const [socket, other] of [
      [client, store],
      [store, client],
    ] as const) {
      sockets.add(socket.setNoDelay())
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      if (isFrozen) socket.pause()
    }
  }
  const listen = async (port: number) => {
    server = createServer(onClient).listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return address !== null && typeof address === 'object' ? address.port : 0
  }
  const cut = async () => {
    const closed = server && once(server, 'close')
    server?.close()
    server = undefined
    for (const socket of sockets) socket.destroy()
    await closed
  }

  const port = await listen(0)
  return {
    url: `redis://127.0.0.1:${port}`,
    get roundTrips() {
      return roundTrips
    },
    cut,
    restore: async () => {
      await listen(port)
    },
    freeze: () => {
      isFrozen = true
      for (const socket of sockets) socket.pause()
    },
    loseAnswer: (after = 0, then?: 'freeze') => {
      untilLost = after + 1
      return new Promise((resolve) => {
        onLost = () => {
          isFrozen ||= then === 'freeze'
          resolve()
        }
      })
    },
    thaw: () => {
      isFrozen = false
      for (const socket of sockets) socket.resume()
    },
    moveTo: (url) => {
      target = new URL(url)
    },
    stop: cut,
  }
}
