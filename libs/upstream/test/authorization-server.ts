import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An authorization server that gives opaque tokens, and does with a request for one what a test says. */
export class AuthorizationServer {
  /** Requests for a token, as they came. */
  readonly requests: { readonly form: Record<string, string>; readonly authorization: string | undefined }[] = []
  /** How long the tokens are said to be good, in seconds. */
  tokenSeconds = 3600
  /** What is answered instead of a token. */
  refusal: { readonly status: number; readonly body: unknown } | undefined
  /** More members of an answer with a token. */
  more: object = {}
  readonly #tokens: string[] = []
  #server: Server | undefined
  #port = 0
  issuer = ''

  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#handle(request, response))
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
    this.issuer = `http://127.0.0.1:${this.#port}`
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise((stopped) => this.#server?.close(stopped))
  }

  /** The newest token that it gave, as a request has to show it. */
  get newest(): string {
    return `Bearer ${this.#tokens.at(-1)}`
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method === 'GET') {
      const { issuer } = this
      answer(200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        response_types_supported: ['code'],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
      })
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
    this.requests.push({ form, authorization: request.headers.authorization })
    if (this.refusal) return void answer(this.refusal.status, this.refusal.body)
    this.#tokens.push(`token-${this.#tokens.length + 1}`)
    answer(200, {
      access_token: this.#tokens.at(-1),
      token_type: 'Bearer',
      expires_in: this.tokenSeconds,
      ...this.more,
    })
  }
}
