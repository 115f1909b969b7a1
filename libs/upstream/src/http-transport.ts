import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type FetchLike,
  isJSONRPCErrorResponse,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type RequestId,
  StreamableHTTPClientTransport,
  type Transport,
  type TransportSendOptions,
} from '@modelcontextprotocol/client'
import { Agent, fetch } from 'undici'
import type { AccessTokens } from './access-tokens.ts'
import { authorizedFetch } from './authorized-fetch.ts'
import type { HttpServer } from './server-config.ts'
import { within } from './within.ts'

/** `data` of the error that stands in for an answer that will not come; known by identity, so no server can send it. */
export const ANSWER_LOST = Object.freeze({})

/** Longest wait for a server to hear that its session is over; it is told as a courtesy. */
const GOODBYE_MS = 2000

export interface HttpTransportOptions {
  /** A session that was opened elsewhere. */
  readonly resumed?: { readonly id: string; readonly version: string }
  readonly tokens?: AccessTokens | undefined
}

/**
 * Streamable HTTP with what the SDK's transport leaves open:
 * - An answer's stream that ends without the answer fails that request at once, instead of at its timeout.
 * - A cancelled request's stream is closed: servers of 2025 may hold it open for good.
 * - Whoever handles a message can learn on the stream of which request it came.
 * - An answer may take as long as the request's own timeout says: Node's fetch gives up after 5 minutes of silence.
 */
export class HttpTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: (message: JSONRPCMessage) => void
  readonly hasPerRequestStream = true
  readonly #inner: StreamableHTTPClientTransport
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 })
  /** Requests without an answer yet. */
  readonly #open = new Map<RequestId, AbortController>()
  /** The SDK reads a stream in the context in which its request was sent. */
  readonly #sending = new AsyncLocalStorage<RequestId>()
  #keepsSession = false

  constructor({ url, headers }: HttpServer, { resumed, tokens }: HttpTransportOptions = {}) {
    const dispatcher = this.#agent
    // undici's own fetch goes with its own agent; its types are those of Node's, one release apart.
    const send = ((target: string | URL, init?: object) =>
      fetch(target, { ...init, dispatcher })) as unknown as FetchLike
    this.#inner = new StreamableHTTPClientTransport(new URL(url), {
      requestInit: { headers },
      ...(resumed && { sessionId: resumed.id }),
      fetch: tokens ? authorizedFetch(send, tokens) : send,
    })
    if (resumed) this.#inner.setProtocolVersion(resumed.version)
    this.#keepsSession = resumed !== undefined
    this.#inner.onclose = () => this.onclose?.()
    this.#inner.onerror = (error) => this.onerror?.(error)
    this.#inner.onmessage = (message) => {
      if ((isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) && message.id !== undefined) {
        this.#open.delete(message.id)
      }
      this.onmessage?.(message)
    }
  }

  get sessionId(): string | undefined {
    return this.#inner.sessionId
  }

  get streamOf(): RequestId | undefined {
    return this.#sending.getStore()
  }

  /** The session is left to the server when this ends: others may go on in it. */
  keepSession(): void {
    this.#keepsSession = true
  }

  setProtocolVersion(version: string): void {
    this.#inner.setProtocolVersion(version)
  }

  start(): Promise<void> {
    return this.#inner.start()
  }

  async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    // A caller with a callback of its own (the SDK's listen stream) looks after its stream itself.
    if (!isJSONRPCRequest(message) || options.onRequestStreamEnd) {
      await this.#inner.send(message, options)
      if ('method' in message && message.method === 'notifications/cancelled') this.#abandon(message.params?.requestId)
      return
    }
    const { id } = message
    const stream = new AbortController()
    this.#open.set(id, stream)
    const signals = options.requestSignal ? [options.requestSignal, stream.signal] : [stream.signal]
    try {
      const onRequestStreamEnd = () => {
        if (!this.#open.delete(id)) return
        const error = { code: -32000, message: 'The connection ended before the answer', data: ANSWER_LOST }
        this.onmessage?.({ jsonrpc: '2.0', id, error })
      }
      const sent = { ...options, requestSignal: AbortSignal.any(signals), onRequestStreamEnd }
      await this.#sending.run(id, () => this.#inner.send(message, sent))
    } catch (error) {
      this.#open.delete(id)
      throw error
    }
  }

  #abandon(requestId: unknown): void {
    if (typeof requestId !== 'string' && typeof requestId !== 'number') return
    this.#open.get(requestId)?.abort()
    this.#open.delete(requestId)
  }

  /** Ends the session on the server too, where there is one that is not kept and the server can be reached. */
  async close(): Promise<void> {
    if (!this.#keepsSession) await within(this.#inner.terminateSession(), GOODBYE_MS).catch(() => {})
    await this.#inner.close()
    await this.#agent.destroy()
  }
}
