import { EventReader } from './event-reader.ts'
import { call, type HttpAnswer, open } from './http.ts'

/** What a request of 2026-07-28 is made of, each member as the specification wants it unless a test says otherwise. */
export interface ModernRequest {
  readonly id?: string | number
  readonly capabilities?: object
  /** Further members of `_meta`. */
  readonly meta?: object
  readonly headers?: Readonly<Record<string, string | undefined>>
}

export const VERSION = '2026-07-28'
export const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } }

/** A client that speaks 2026-07-28 as bytes: what it sends is the test's. */
export class ModernClient {
  readonly #address: string
  readonly #authorization: string
  #lastId = 0

  constructor(address: string, key = '') {
    this.#address = address
    this.#authorization = key === '' ? '' : `Bearer ${key}`
  }

  /** A request that is answered at once. */
  ask(method: string, params: object = {}, request: ModernRequest = {}): Promise<HttpAnswer> {
    return call(this.#address, this.#build(method, params, request))
  }

  /** A request that is answered by a stream. */
  async stream(method: string, params: object = {}, request: ModernRequest = {}): Promise<EventReader> {
    return new EventReader(await open(this.#address, this.#build(method, params, request)))
  }

  /** A call whose client takes tasks. */
  async createTask(name: string, args: object = {}): Promise<string> {
    const { body } = await this.ask('tools/call', { name, arguments: args }, { capabilities: TASKS })
    return body.result.taskId
  }

  #build(method: string, params: object, { id, capabilities = {}, meta, headers }: ModernRequest) {
    this.#lastId++
    const { name, uri, taskId } = params as Record<string, unknown>
    const mcpName = name ?? uri ?? taskId
    const all = {
      ...(this.#authorization && { authorization: this.#authorization }),
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      ...(typeof mcpName === 'string' && { 'mcp-name': mcpName }),
      ...headers,
    }
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': VERSION,
      'io.modelcontextprotocol/clientCapabilities': capabilities,
      ...meta,
    }
    return {
      headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >,
      body: { jsonrpc: '2.0', id: id ?? this.#lastId, method, params: { ...params, _meta } },
    }
  }
}
