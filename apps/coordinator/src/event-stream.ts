import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { RPC, type RpcNotification, type RpcRequest, type RpcResponse, toError } from '@longhaul/protocol'
import type { Settings } from '@longhaul/task'
import type { FastifyBaseLogger, FastifyReply } from 'fastify'

/** How soon a client should come back after its stream broke. */
const RETRY_MS = 500
const REFUSED = { code: RPC.application, message: 'The stream cannot be opened just now; try again shortly.' }

export interface EventStreamOptions extends Pick<Settings, 'keepAliveMs' | 'lastBytesMs' | 'maxUnreadBytes'> {
  readonly headers?: OutgoingHttpHeaders
  readonly log: FastifyBaseLogger
}

/** One event stream to a client (text/event-stream). */
export class EventStream {
  readonly #response: ServerResponse
  readonly #options: EventStreamOptions
  #keepAlive: NodeJS.Timeout | undefined
  /** Resolves when the client is gone, or has everything. */
  readonly closed: Promise<void>

  /** The stream that answers a request, with the headers that it has so far and these. */
  static answering(
    reply: FastifyReply,
    { keepAliveMs, lastBytesMs, maxUnreadBytes }: Settings,
    headers: OutgoingHttpHeaders = {},
  ): EventStream {
    reply.hijack()
    const all = { ...(reply.getHeaders() as OutgoingHttpHeaders), ...headers }
    return new EventStream(reply.raw, { keepAliveMs, lastBytesMs, maxUnreadBytes, headers: all, log: reply.log })
  }

  constructor(response: ServerResponse, options: EventStreamOptions) {
    this.#response = response
    this.#options = options
    this.closed = new Promise((resolve) => {
      if (response.destroyed) resolve()
      else response.once('close', resolve)
    })
    void this.closed.then(() => clearInterval(this.#keepAlive))
  }

  /** Answers the client that its stream is there. */
  open(): void {
    if (!this.isOpen) return
    const { headers, keepAliveMs } = this.#options
    this.#inOneWrite()
    this.#response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    this.#response.flushHeaders()
    this.#keepAlive = setInterval(() => this.#write(': still here\n\n'), keepAliveMs)
  }

  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed
  }

  /** Whether it broke off before it was ended here: the client has gone, or does not read. */
  get isLeft(): boolean {
    return this.#response.destroyed && !this.#response.writableEnded
  }

  /** An event without data: from now on the client can resume after `id` (R11). */
  prime(id: string): void {
    this.#write(`id: ${id}\nretry: ${RETRY_MS}\ndata: \n\n`)
  }

  send(message: RpcRequest | RpcNotification | RpcResponse, id?: string): void {
    this.#write(toEvent(message, id))
  }

  /** An event that is no message. */
  sendEvent(name: string, data: string, id?: string): void {
    this.#write(`event: ${name}\n${toIdLine(id)}data: ${data}\n\n`)
  }

  /** A stream that was never opened is refused: the client may ask again. */
  end(): void {
    if (!this.isOpen) return
    if (this.#response.headersSent) this.#response.end()
    else this.#refuse()
    const tooLong = setTimeout(() => this.#response.destroy(), this.#options.lastBytesMs)
    void this.closed.then(() => clearTimeout(tooLong))
  }

  #refuse(): void {
    const headers = { ...this.#options.headers, 'content-type': 'application/json; charset=utf-8' }
    this.#response.writeHead(503, headers).end(JSON.stringify(toError(undefined, REFUSED)))
  }

  /** All that is said in one turn goes out together. */
  #inOneWrite(): void {
    // Not the response itself: its end would overtake what it still holds back.
    const { socket } = this.#response
    if (socket?.writableCorked !== 0) return
    socket.cork()
    process.nextTick(() => socket.uncork())
  }

  #write(text: string): void {
    if (!this.isOpen) return
    this.#inOneWrite()
    this.#response.write(text)
    const { maxUnreadBytes, log } = this.#options
    if (this.#response.writableLength <= maxUnreadBytes) return
    log.warn({ maxUnreadBytes }, 'a client does not read its stream, which was broken off (LONGHAUL_MAX_UNREAD_BYTES)')
    this.#response.destroy()
  }
}

/** A message as an event of a stream. */
export const toEvent = (message: RpcRequest | RpcNotification | RpcResponse, id?: string): string =>
  `event: message\n${toIdLine(id)}data: ${JSON.stringify(message)}\n\n`

const toIdLine = (id: string | undefined): string => (id === undefined ? '' : `id: ${id}\n`)
