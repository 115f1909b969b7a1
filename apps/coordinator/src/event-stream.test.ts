import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { EventStream } from './event-stream.ts'

test('a stream that ends before it was opened is refused, in words', async () => {
  const headers = { 'access-control-allow-origin': 'https://app.example' }
  const server = createServer((_request, response) => {
    const stream = new EventStream(response, { keepAliveMs: 60_000, headers })
    stream.end()
    stream.end()
    stream.open()
    stream.prime('1')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  expect(response.status).toBe(503)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'access-control-allow-origin': 'https://app.example',
  })
  expect(await response.json()).toEqual({
    jsonrpc: '2.0',
    error: { code: -31000, message: 'The stream cannot be opened just now; try again shortly.' },
  })
})
