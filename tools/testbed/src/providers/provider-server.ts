import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface ReceivedRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

/** What the server does with one request. */
export type Reply = (response: ServerResponse, request: ReceivedRequest) => void

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
  const server = createServer(async (incoming, response) => {
    const body = await text(incoming)
    const request = { path: incoming.url ?? '', headers: incoming.headers, body: JSON.parse(body) }
    requests.push(request)
    const reply = replies.shift() ?? json({ error: 'the test queued no reply for this request' }, 400)
    reply(response, request)
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
  (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
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

/** Events, as providers stream their answers: a text goes out as it is, anything else as JSON. */
export const events =
  (list: readonly (string | object)[], { isCut = false } = {}): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of list) response.write(toEvent(event))
    if (isCut) response.write(': and then the connection is gone\n', () => response.destroy())
    else response.end()
  }

function toEvent(event: string | object): string {
  if (typeof event === 'string') return `data: ${event}\n\n`
  const name = 'type' in event ? `event: ${event.type}\n` : ''
  return `${name}data: ${JSON.stringify(event)}\n\n`
}
