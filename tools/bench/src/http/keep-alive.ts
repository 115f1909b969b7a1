import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface HttpAnswer {
  readonly status: number
  /** As it came. */
  readonly head: string
  readonly body: string
}

const HEAD_END = '\r\n\r\n'

/**
 * One connection that is kept, for one request after the other, and as little as can be done to ask and to read the
 * answer: what a load generator costs is taken from the processor of the server that it measures. Text is ASCII.
 */
export class KeepAlive {
  readonly #socket: Socket
  readonly #host: string
  #received = ''
  #answered: PromiseWithResolvers<HttpAnswer> | undefined

  constructor(socket: Socket, host: string) {
    this.#socket = socket
    this.#host = host
    socket.setEncoding('latin1').setNoDelay()
    socket.on('data', (text: string) => this.#take(text))
    socket.on('close', () => this.#answered?.reject(new Error('The server closed the connection.')))
    socket.on('error', () => {})
  }

  static async open(address: string): Promise<KeepAlive> {
    const { hostname, port, host } = new URL(address)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    return new KeepAlive(socket, host)
  }

  /** The bytes of a POST of this body, to be sent as often as it is wanted. */
  post(body: object, headers: Readonly<Record<string, string>>): string {
    const text = JSON.stringify(body)
    const all = { host: this.#host, 'content-type': 'application/json', 'content-length': text.length, ...headers }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
    return `POST /mcp HTTP/1.1\r\n${lines.join('\r\n')}${HEAD_END}${text}`
  }

  send(request: string): Promise<HttpAnswer> {
    this.#answered = Promise.withResolvers()
    this.#socket.write(request, 'latin1')
    return this.#answered.promise
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(text: string): void {
    this.#received += text
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0) return
    const head = this.#received.slice(0, headEnd)
    const body = bodyOf(head, this.#received.slice(headEnd + HEAD_END.length))
    if (body === undefined) return
    this.#received = ''
    this.#answered?.resolve({ status: Number(head.slice(9, 12)), head, body })
  }
}

/** The body, once all of it is there. */
function bodyOf(head: string, received: string): string | undefined {
  if (!/^transfer-encoding: chunked/im.test(head)) {
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
    return received.length >= length ? received : undefined
  }
  if (!received.endsWith(`0${HEAD_END}`)) return undefined
  let body = ''
  for (let at = 0; ; ) {
    const lineEnd = received.indexOf('\r\n', at)
    const length = Number.parseInt(received.slice(at, lineEnd), 16)
    if (length === 0) return body
    body += received.slice(lineEnd + 2, lineEnd + 2 + length)
    at = lineEnd + 4 + length
  }
}
