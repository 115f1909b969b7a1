import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

interface ReceivedRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

/** What the server does with one request. */
export type Reply = (response: ServerResponse) => void

export interface ProviderServer extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly ReceivedRequest[]
  /** What is at this path of the body of the request with this number, from 0. */
  sent(request: number, ...path: readonly (string | number)[]): unknown
  /** Queues replies, one for each request to come. */
  reply(...replies: readonly Reply[]): void
}

/** A server on 127.0.0.1 that stands where a provider's would, and says what it is told to. */
export async function startProviderServer(): Promise<ProviderServer> {
  const replies: Reply[] = []
  const requests: ReceivedRequest[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    requests.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(body) })
    const reply = replies.shift() ?? json({ error: 'the test queued no reply for this request' }, 400)
    reply(response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    sent: (request, ...path) => path.reduce<unknown>(member, requests[request]?.body),
    reply: (...more) => void replies.push(...more),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

const member = (value: unknown, name: string | number): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined

export const json =
  (body: unknown, status = 200): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

export const html =
  (body: string): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(body)
  }

/** Half an answer, and then the connection is gone. */
export const cut: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
  response.write('{"id":', () => response.destroy())
}
