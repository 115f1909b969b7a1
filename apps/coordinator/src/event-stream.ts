import type { ServerResponse } from 'node:http'
import type { RpcNotification, RpcRequest, RpcResponse } from '@longhaul/protocol'

/** How soon a client should come back after its stream broke. */
const RETRY_MS = 500
/** Bytes that may wait for a client that does not read; then it has to come again. */
const MOST_UNREAD_BYTES = 16 * 1024 * 1024

/** One event stream to a client (text/event-stream). */
export class EventStream {
  readonly #response: ServerResponse
  readonly #keepAlive: NodeJS.Timeout
  readonly closed: Promise<void>

  constructor(
    response: ServerResponse,
    { keepAliveMs, headers }: { keepAliveMs: number; headers: Record<string, string> },
  ) {
    this.#response = response
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    response.flushHeaders()
    this.#keepAlive = setInterval(() => this.#write(': still here\n\n'), keepAliveMs)
    this.closed = new Promise((resolve) => {
      response.once('close', () => {
        clearInterval(this.#keepAlive)
        resolve()
      })
    })
  }

  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed
  }

  /** An event without data: from now on the client can resume after `id` (R11). */
  prime(id: string): void {
    this.#write(`id: ${id}\nretry: ${RETRY_MS}\ndata: \n\n`)
  }

  send(message: RpcRequest | RpcNotification | RpcResponse, id?: string): void {
    this.#write(`event: message\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`)
  }

  end(): void {
    if (this.isOpen) this.#response.end()
  }

  #write(text: string): void {
    if (!this.isOpen) return
    this.#response.write(text)
    if (this.#response.writableLength > MOST_UNREAD_BYTES) this.#response.destroy()
  }
}
