import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface ByteCounter {
  /** Where clients find the store. */
  readonly url: string
  /** Bytes that clients have sent over connections that carry tasks; those of the queue are left out. */
  readonly written: number
  /** Bytes that the store has answered there. */
  readonly read: number
  stop(): Promise<void>
}

/** What tells a connection that carries tasks from one of the queue. */
const TASK_KEY = ':task:'

/** Stands before a store and counts what passes. */
export async function startByteCounter(storeUrl: string): Promise<ByteCounter> {
  const target = new URL(storeUrl)
  const passing = new Set<Passing>()
  const server = createServer((client) => {
    passing.add(new Passing(client, connect(Number(target.port), target.hostname)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const sum = (count: (one: Passing) => number) =>
    [...passing].filter(({ carriesTasks }) => carriesTasks).reduce((all, one) => all + count(one), 0)
  return {
    url: `redis://127.0.0.1:${port}`,
    get written() {
      return sum(({ written }) => written)
    },
    get read() {
      return sum(({ read }) => read)
    },
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const one of passing) one.end()
      await closed
    },
  }
}

class Passing {
  carriesTasks = false
  written = 0
  read = 0
  readonly #sockets: readonly Socket[]

  constructor(client: Socket, store: Socket) {
    this.#sockets = [client.setNoDelay(), store.setNoDelay()]
    client.on('data', (chunk) => {
      this.written += chunk.length
      this.carriesTasks ||= chunk.includes(TASK_KEY)
    })
    store.on('data', (chunk) => {
      this.read += chunk.length
    })
    client.pipe(store)
    store.pipe(client)
    for (const socket of this.#sockets) socket.on('error', () => {}).on('close', () => this.end())
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
