import { KeepAlive } from './keep-alive.ts'
import { resultOf } from './mcp-client.ts'

const VERSION = '2026-07-28'
const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } }

/** A client of the revision without sessions, over one connection. */
export class ModernClient {
  readonly #connection: KeepAlive
  readonly #headers: Readonly<Record<string, string>>
  readonly #capabilities: object

  private constructor(connection: KeepAlive, headers: Readonly<Record<string, string>>, capabilities: object) {
    this.#connection = connection
    this.#headers = headers
    this.#capabilities = capabilities
  }

  /** `takesTasks`: whether its calls may be answered with a task. */
  static async open(address: string, { key, takesTasks }: { readonly key?: string; readonly takesTasks: boolean }) {
    const headers = {
      accept: 'application/json, text/event-stream',
      ...(key && { authorization: `Bearer ${key}` }),
      'mcp-protocol-version': VERSION,
    }
    return new ModernClient(await KeepAlive.open(address), headers, takesTasks ? TASKS : {})
  }

  /** A request to be sent again and again. `name` is that of the tool, or the id of the task. */
  prepare(method: string, name: string, params: object): string {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': VERSION,
      'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': this.#capabilities,
    }
    const body = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }
    return this.#connection.post(body, { ...this.#headers, 'mcp-method': method, 'mcp-name': name })
  }

  async send(prepared: string): Promise<unknown> {
    return resultOf(await this.#connection.send(prepared))
  }

  close(): void {
    this.#connection.close()
  }
}
