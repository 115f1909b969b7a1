import { setTimeout as delay } from 'node:timers/promises'
import { SseParser } from '@longhaul/testbed'

/** A JSON-RPC message of either side. */
export interface WireMessage {
  readonly id?: string | number
  readonly method?: string
  readonly params?: { readonly [name: string]: unknown }
  readonly result?: { readonly [name: string]: unknown }
  readonly error?: { readonly code: number; readonly message: string }
}

/** What a coordinator answered that is no answer: try again, perhaps elsewhere. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain'
}

export interface SessionOptions {
  /** Addresses of the coordinators that live, in any order. */
  readonly addresses: () => readonly string[]
  readonly key: string
  /** Aborts everything at the end of the run. */
  readonly signal: AbortSignal
}

const VERSION = '2025-11-25'
/** Of what MCP has no word for: it needs no session. */
const OWN_VERSION = '2026-07-28'
const OWN_META = {
  'io.modelcontextprotocol/protocolVersion': OWN_VERSION,
  'io.modelcontextprotocol/clientCapabilities': {},
}
const CAPABILITIES = { elicitation: {}, sampling: { tools: {} } }
/** Longest silence of a request before it is made again: its coordinator may be frozen. */
const SILENT_FOR_MS = 20_000
const PAUSE_MS = 150

/** An MCP session of 2025-11-25 by plain HTTP, whose requests go to any coordinator in turn. */
export class Session {
  readonly #options: SessionOptions
  #id: Promise<string> | undefined
  #requests = 0
  #turn = 0

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /**
   * The response to a request, tried once.
   * @throws TryAgain when it is not known what became of it
   */
  async ask(method: string, params: object): Promise<WireMessage> {
    for await (const message of this.stream(method, params)) if (message.method === undefined) return message
    throw new TryAgain(`${method} was not answered.`)
  }

  /** The response to a request, which is made until there is one. */
  insist(method: string, params: object): Promise<WireMessage> {
    return this.#untilDone(() => this.ask(method, params))
  }

  /** The response to one of Longhaul's own requests, which is made until there is one. */
  insistOwn(method: string, params: object): Promise<WireMessage> {
    return this.#untilDone(async () => {
      this.#requests++
      const message = { id: this.#requests, method, params: { ...params, _meta: OWN_META } }
      const headers = { 'mcp-protocol-version': OWN_VERSION, 'mcp-method': method }
      const response = await this.#send(message, headers)
      return (await this.#read(response.json())) as WireMessage
    })
  }

  /** All that comes in answer to a request, the response last. Ends early when the connection does. @throws TryAgain */
  async *stream(method: string, params: object): AsyncGenerator<WireMessage> {
    this.#requests++
    const response = await this.#post({ id: this.#requests, method, params })
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      yield (await this.#read(response.json())) as WireMessage
      return
    }
    const parser = new SseParser()
    const pieces = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const piece = await this.#read(pieces?.read() ?? Promise.resolve({ done: true, value: '' } as const))
      if (piece.done) return
      for (const { data } of parser.push(piece.value)) if (data) yield JSON.parse(data) as WireMessage
    }
  }

  /** Answers a request of the server, until a coordinator has taken the answer. */
  async answer(id: string | number, result: object): Promise<void> {
    await this.#untilDone(() => this.#post({ id, result }))
  }

  async #untilDone<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt()
      } catch (error) {
        await this.pause(error)
      }
    }
  }

  /** A moment before another try. @throws the error, unless it is one after which another try makes sense */
  async pause(error: unknown): Promise<void> {
    this.#options.signal.throwIfAborted()
    if (!(error instanceof TryAgain)) throw error
    await delay(PAUSE_MS, undefined, { signal: this.#options.signal })
  }

  async #post(message: object): Promise<Response> {
    this.#id ??= this.#initialize()
    const session = await this.#id.catch((error: unknown) => {
      this.#id = undefined
      throw error
    })
    return this.#send(message, { 'mcp-session-id': session, 'mcp-protocol-version': VERSION })
  }

  async #initialize(): Promise<string> {
    const params = {
      protocolVersion: VERSION,
      capabilities: CAPABILITIES,
      clientInfo: { name: 'chaos', version: '1.0.0' },
    }
    const response = await this.#send({ id: 'initialize', method: 'initialize', params }, {})
    await this.#read(response.text())
    return response.headers.get('mcp-session-id') ?? ''
  }

  async #send(message: object, headers: Readonly<Record<string, string>>): Promise<Response> {
    const addresses = this.#options.addresses()
    this.#turn++
    const address = addresses[this.#turn % addresses.length]
    if (address === undefined) throw new TryAgain('No coordinator is there.')
    const response = await this.#read(
      fetch(`${address}/mcp`, {
        method: 'POST',
        headers: {
          accept: 'application/json, text/event-stream',
          'content-type': 'application/json',
          authorization: `Bearer ${this.#options.key}`,
          ...headers,
        },
        body: JSON.stringify({ jsonrpc: '2.0', ...message }),
        signal: AbortSignal.any([this.#options.signal, AbortSignal.timeout(SILENT_FOR_MS)]),
      }),
    )
    if (response.ok) return response
    const text = await this.#read(response.text())
    if (response.status >= 500) throw new TryAgain(`HTTP ${response.status}: ${text}`)
    throw new Error(`HTTP ${response.status}: ${text}`)
  }

  /** What comes over the network, or not. */
  async #read<T>(coming: Promise<T>): Promise<T> {
    try {
      return await coming
    } catch (error) {
      this.#options.signal.throwIfAborted()
      throw new TryAgain(`${error}`, { cause: error })
    }
  }
}
