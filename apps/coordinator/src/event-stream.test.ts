import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { EventStream } from './event-stream.ts'

const HEADERS = { 'access-control-allow-origin': 'https://app.example' }

/** Asks a server that answers with a stream, with which it does this. */
async function open(
  serve: (stream: EventStream) => void,
  { maxUnreadBytes = 16_000_000, lines = [] as string[] } = {},
): Promise<IncomingMessage> {
  const log = pino({}, { write: (line) => void lines.push(line) })
  const server = createServer((_request, response) => {
    serve(
      new EventStream(response, { keepAliveMs: 60_000, lastBytesMs: 30_000, maxUnreadBytes, headers: HEADERS, log }),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const sent = request({ port: (server.address() as AddressInfo).port, agent: false }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return response
}

test('a stream that ends before it was opened is refused, in words', async () => {
  const response = await open((stream) => {
    stream.end()
    stream.end()
    stream.open()
    stream.prime('1')
  })
  expect(response.statusCode).toBe(503)
  expect(response.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', ...HEADERS })
  expect(JSON.parse(await text(response))).toEqual({
    jsonrpc: '2.0',
    error: { code: -31000, message: 'The stream cannot be opened just now; try again shortly.' },
  })
})

// More than all buffers on the way hold.
const LARGE = 'x'.repeat(14_000_000)

function openLarge(): Promise<IncomingMessage> {
  return open((stream) => {
    stream.open()
    stream.send({ jsonrpc: '2.0', id: 1, result: LARGE })
    stream.end()
  })
}

test('a client that is slow to read a large last message has a while for it', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const response = await openLarge()
  vi.advanceTimersByTime(29_000)
  expect((await text(response)).length).toBeGreaterThan(LARGE.length)
})

test('a client that does not read it loses its stream then', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const response = await openLarge()
  vi.advanceTimersByTime(31_000)
  await expect(text(response)).rejects.toThrow('aborted')
})

test('a client that leaves more unread than may wait for it loses its stream at once, and the log says so', async () => {
  const lines: string[] = []
  const send = (stream: EventStream) => {
    stream.open()
    // It is there before it has too much to read.
    setImmediate(() => {
      for (let id = 1; id <= 4; id++) stream.send({ jsonrpc: '2.0', id, result: LARGE })
    })
  }
  const response = await open(send, { maxUnreadBytes: 2 * LARGE.length, lines })
  await expect(text(response)).rejects.toThrow('aborted')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'a client does not read its stream, which was broken off (LONGHAUL_MAX_UNREAD_BYTES)' },
  ])
})
