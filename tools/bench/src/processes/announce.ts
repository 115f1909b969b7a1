import type { Server } from 'node:http'

export interface Ready {
  readonly kind: 'ready'
  readonly address: string
}

/** Tells the parent process where a server listens, in the words of the processes of apps/cli. */
export function announce(server: Server): void {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server does not listen.')
  const ready: Ready = { kind: 'ready', address: `http://127.0.0.1:${address.port}` }
  process.send?.(ready)
}

export const isReady = (message: unknown): message is Ready => (message as Ready).kind === 'ready'
