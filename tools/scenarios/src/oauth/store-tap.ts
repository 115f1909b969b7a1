import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TestStore } from '@longhaul/testbed'

/** A store of which one hears all that it is told. */
export interface TappedStore {
  readonly store: TestStore
  /** What its clients have said to it so far. */
  heard(): string
}

/** @param store stopped with the one that is given back */
export async function tapStore(store: TestStore): Promise<TappedStore> {
  const { hostname, port } = new URL(store.url)
  const said: Buffer[][] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const chunks: Buffer[] = []
    said.push(chunks)
    const target = connect(Number(port), hostname)
    client.on('data', (chunk) => chunks.push(chunk))
    for (const socket of [client, target]) sockets.add(socket.on('error', () => {}))
    client.pipe(target)
    target.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await store.stop()
  }
  return {
    store: { ...store, url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, stop },
    heard: () => said.map((chunks) => Buffer.concat(chunks).toString('latin1')).join('\n'),
  }
}
