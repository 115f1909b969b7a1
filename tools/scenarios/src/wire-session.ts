import type { WireError, WireMessage } from './message.ts'
import { type HttpVia, type Reply, WireHttp } from './wire-http.ts'
import type { WireStream } from './wire-stream.ts'
import type { Person, World } from './world.ts'

export type Params = { readonly [name: string]: unknown }

export interface Asking extends HttpVia {
  /** Id of the request; the next number when absent. */
  readonly id?: string | number
}

export interface SessionOptions {
  readonly person?: Person
  readonly version?: string
  readonly capabilities?: Params
}

/** A client that can fill in forms and has a model that uses tools. */
export const ABLE: Params = { elicitation: {}, sampling: { tools: {} } }

/** An MCP session by plain HTTP requests, for what the clients of the SDKs hide or never do. */
export class WireSession {
  readonly id: string
  /** What initialize answered. */
  readonly initialized: WireMessage
  readonly #http: WireHttp
  readonly #version: string
  #requests = 0

  private constructor(http: WireHttp, version: string, { headers, message }: Reply) {
    this.#http = http
    this.#version = version
    this.initialized = message
    this.id = headers.get('mcp-session-id') ?? ''
  }

  static async open(
    world: World,
    { person = 'alice', version = '2025-11-25', capabilities = ABLE }: SessionOptions = {},
  ): Promise<WireSession> {
    const http = new WireHttp(world, person)
    const params = { protocolVersion: version, capabilities, clientInfo: { name: 'wire', version: '1.0.0' } }
    const reply = await http.post(toJson({ id: 'init', method: 'initialize', params }))
    const session = new WireSession(http, version, reply)
    await session.notify('notifications/initialized')
    return session
  }

  /** Posts any text. */
  post(body: string, via?: HttpVia): Promise<Reply> {
    return this.#http.post(body, this.#via(via))
  }

  /** Asks, and waits for the response. */
  ask(method: string, params?: Params, { id = this.#nextId(), ...via }: Asking = {}): Promise<Reply> {
    return this.post(toJson({ id, method, params }), via)
  }

  /** The result of a request. @throws Error when it is answered with an error */
  async result<Result>(method: string, params?: Params, asking?: Asking): Promise<Result> {
    const { message, text } = await this.ask(method, params, asking)
    if (message.result === undefined) throw new Error(`${method} was answered with ${text}`)
    return message.result as Result
  }

  /** The error that a request is answered with. @throws Error when there is none */
  async error(method: string, params?: Params, asking?: Asking): Promise<WireError> {
    const { message, text } = await this.ask(method, params, asking)
    if (message.error === undefined) throw new Error(`${method} was answered with ${text}`)
    return message.error
  }

  /** Asks, and gives the stream on which the response will come. */
  stream(method: string, params?: Params, { id = this.#nextId(), ...via }: Asking = {}): Promise<WireStream> {
    return this.#http.openByPost(toJson({ id, method, params }), this.#via(via))
  }

  /** Posts any text, and gives the stream that answers it. */
  streamOf(body: string, via?: HttpVia): Promise<WireStream> {
    return this.#http.openByPost(body, this.#via(via))
  }

  /** The stream of the session. */
  listen(via?: HttpVia): Promise<WireStream> {
    return this.#http.openByGet(this.#via(via))
  }

  /** The continuation of another stream, from its event on. */
  resume(eventId: string, { headers, ...via }: HttpVia = {}): Promise<WireStream> {
    return this.listen({ ...via, headers: { 'last-event-id': eventId, ...headers } })
  }

  /** @returns the HTTP status */
  async notify(method: string, params?: Params, via?: HttpVia): Promise<number> {
    return (await this.post(toJson({ method, params }), via)).status
  }

  /** Answers a request of the server. */
  answer({ id }: WireMessage, result: unknown, via?: HttpVia): Promise<Reply> {
    return this.post(toJson({ id, result }), via)
  }

  /** Answers a request of the server with an error. */
  refuse({ id }: WireMessage, error: WireError, via?: HttpVia): Promise<Reply> {
    return this.post(toJson({ id, error }), via)
  }

  /** Says that the session is over. */
  end(via?: HttpVia): Promise<Reply> {
    return this.#http.remove(this.#via(via))
  }

  #nextId(): number {
    this.#requests++
    return this.#requests
  }

  #via({ headers, ...via }: HttpVia = {}): HttpVia {
    return { ...via, headers: { 'mcp-session-id': this.id, 'mcp-protocol-version': this.#version, ...headers } }
  }
}

const toJson = (members: object): string => JSON.stringify({ jsonrpc: '2.0', ...members })
