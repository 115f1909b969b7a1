import type { WireError, WireMessage } from './message.ts'
import { type HttpVia, type Reply, type Served, WireHttp } from './wire-http.ts'
import type { WireStream } from './wire-stream.ts'
import type { Person } from './world.ts'

type Params = { readonly [name: string]: unknown }

export interface ModernAsking extends Omit<HttpVia, 'headers'> {
  /** Id of the request; the next number when absent. */
  readonly id?: string | number
  /** What this request declares, where that differs. */
  readonly capabilities?: Params
  /** Further members of `_meta`, or others; undefined leaves one out. */
  readonly meta?: Params
  /** Further headers, or others; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

export const VERSION = '2026-07-28'
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks'
/** Declares nothing but that it takes tasks. */
export const TASKS: Params = { extensions: { [TASKS_EXTENSION]: {} } }
/** A client that can fill in forms and has a model that uses tools. */
export const ASKABLE: Params = { elicitation: {}, sampling: { tools: {} } }
/** A client that can do all that, and takes tasks. */
export const ABLE: Params = { ...ASKABLE, ...TASKS }

/** A client of 2026-07-28 by plain HTTP requests, for what the clients of the SDKs hide or never do. */
export class WireModern {
  readonly #http: WireHttp
  readonly #capabilities: Params
  #requests = 0

  constructor(
    served: Served,
    { person = 'alice', capabilities = ABLE }: { readonly person?: Person; readonly capabilities?: Params } = {},
  ) {
    this.#http = new WireHttp(served, person, 'modern')
    this.#capabilities = capabilities
  }

  /** Posts any text. */
  post(body: string, via?: HttpVia): Promise<Reply> {
    return this.#http.post(body, via)
  }

  /** Asks, and waits for the response. */
  ask(method: string, params: Params = {}, asking: ModernAsking = {}): Promise<Reply> {
    const { body, via } = this.#build(method, params, asking)
    return this.post(body, via)
  }

  /** The result of a request. @throws Error when it is answered with an error */
  async result<Result = Params>(method: string, params?: Params, asking?: ModernAsking): Promise<Result> {
    const { message, text } = await this.ask(method, params, asking)
    if (message.result === undefined) throw new Error(`${method} was answered with ${text}`)
    return message.result as Result
  }

  /** The error that a request is answered with, and the HTTP status. @throws Error when there is none */
  async error(
    method: string,
    params?: Params,
    asking?: ModernAsking,
  ): Promise<WireError & { readonly status: number }> {
    const { message, text, status } = await this.ask(method, params, asking)
    if (message.error === undefined) throw new Error(`${method} was answered with ${text}`)
    return { status, ...message.error }
  }

  /** Asks, and gives the stream on which the response will come. */
  stream(method: string, params: Params = {}, asking: ModernAsking = {}): Promise<WireStream> {
    const { body, via } = this.#build(method, params, asking)
    return this.#http.openByPost(body, via)
  }

  #build(
    method: string,
    params: Params,
    { id = this.#nextId(), at, capabilities = this.#capabilities, meta, headers }: ModernAsking,
  ): { readonly body: string; readonly via: HttpVia } {
    const name = params.name ?? params.uri ?? params.taskId
    const all = {
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      'mcp-name': typeof name === 'string' && isVisible(name) ? name : undefined,
      ...headers,
    }
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': VERSION,
      'io.modelcontextprotocol/clientInfo': { name: 'wire', version: '1.0.0' },
      'io.modelcontextprotocol/clientCapabilities': capabilities,
      ...meta,
    }
    const message: WireMessage = { jsonrpc: '2.0', id, method, params: { ...params, _meta } }
    const given = Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined)
    return {
      body: JSON.stringify(message),
      via: { ...(at !== undefined && { at }), headers: Object.fromEntries(given) },
    }
  }

  #nextId(): number {
    this.#requests++
    return this.#requests
  }
}

/** What a header can carry as it is. */
const isVisible = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)
