import { type HttpAnswer, KeepAlive } from './keep-alive.ts'

const BASE = { accept: 'application/json, text/event-stream' }

/** A client of the revision with sessions, over one connection. */
export class McpClient {
  readonly #connection: KeepAlive
  readonly #headers: Readonly<Record<string, string>>

  private constructor(connection: KeepAlive, headers: Readonly<Record<string, string>>) {
    this.#connection = connection
    this.#headers = headers
  }

  static async open(address: string, key?: string): Promise<McpClient> {
    const connection = await KeepAlive.open(address)
    const headers = { ...BASE, ...(key && { authorization: `Bearer ${key}` }) }
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } }
    const hello = await connection.send(connection.post(rpc('initialize', params), headers))
    const session = /^mcp-session-id: (\S+)/im.exec(hello.head)?.[1]
    if (hello.status !== 200 || !session) throw new Error(`initialize: ${hello.status} ${hello.body}`)
    const all = { ...headers, 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }
    await connection.send(connection.post({ jsonrpc: '2.0', method: 'notifications/initialized' }, all))
    return new McpClient(connection, all)
  }

  /** A request to be sent again and again. */
  prepare(method: string, params: object): string {
    return this.#connection.post(rpc(method, params), this.#headers)
  }

  async send(prepared: string): Promise<unknown> {
    return resultOf(await this.#connection.send(prepared))
  }

  request(method: string, params: object): Promise<unknown> {
    return this.send(this.prepare(method, params))
  }

  close(): void {
    this.#connection.close()
  }
}

const rpc = (method: string, params: object) => ({ jsonrpc: '2.0', id: 1, method, params })

/** The result of a response, as JSON or as the last event of a stream. @throws Error when it is none */
export function resultOf({ status, body }: HttpAnswer): unknown {
  const json = body.startsWith('{') ? body : body.slice(body.lastIndexOf('data: {') + 'data: '.length)
  const { result } = status === 200 ? JSON.parse(json) : {}
  if (result === undefined) throw new Error(`The server answered ${status}: ${body}`)
  return result
}
