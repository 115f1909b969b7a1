import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { readSettings, type Settings } from '@longhaul/task'
import { onTestFinished } from 'vitest'
import { fixedEndpoint } from '../src/endpoint.ts'
import { serveStdio } from '../src/serve-stdio.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into it
export type Message = any

/** A request as an HTTP server has it. */
export interface Heard {
  readonly method: string
  readonly headers: IncomingMessage['headers']
  readonly message: Message
  readonly response: ServerResponse
}

/** What stands in the place of an installation, and does what none should: each request is the test's to answer. */
export async function openServer(answer: (heard: Heard) => void) {
  const heard: Heard[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const { method = '', headers } = request
    const one = { method, headers, message: body === '' ? undefined : JSON.parse(body), response }
    heard.push(one)
    answer(one)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard }
}

export const answerJson = (
  { response, message }: Heard,
  result: object,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ jsonrpc: '2.0', id: message?.id, result }))
}

export const openStream = ({ response }: Heard): ((message: object) => boolean) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
  return (message) => response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`)
}

/** `serveStdio` for an address, and the client's ends of its streams; `isReading`: whether what it says is read. */
export function openClient(url: string, settings: Partial<Settings> = {}, { isReading = true } = {}) {
  const input = new PassThrough()
  const output = new PassThrough({ highWaterMark: 1024 })
  const news = new EventEmitter().setMaxListeners(0)
  const messages: Message[] = []
  const logged: string[] = []
  const facts: object[] = []
  const log = (about: object, line: string) => {
    facts.push(about)
    logged.push(line)
  }
  const stop = Promise.withResolvers<void>()
  const ended = serveStdio({
    input,
    output,
    endpoint: fixedEndpoint(url, 'secret'),
    settings: { ...readSettings({}), ...settings },
    log: { debug: log, info: log, warn: log, error: log },
    stopped: stop.promise,
  })
  onTestFinished(async () => {
    stop.resolve()
    output.resume()
    await ended
  })
  const read = () => {
    createInterface({ input: output as Readable }).on('line', (line) => {
      messages.push(JSON.parse(line))
      news.emit('news')
    })
  }
  if (isReading) read()
  const heard = async (fits: (message: Message) => boolean): Promise<Message> => {
    for (;;) {
      const found = messages.find(fits)
      if (found) return found
      await once(news, 'news')
    }
  }
  const send = (message: object) => void input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  return {
    input,
    output,
    messages,
    logged,
    facts,
    ended,
    read,
    send,
    heard,
    answerTo: (id: number | string) => heard((message) => message.id === id && message.method === undefined),
  }
}
