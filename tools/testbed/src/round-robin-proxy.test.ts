import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { startRoundRobinProxy } from './round-robin-proxy.ts'

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** A server that says its name and the Host that it was asked for, and keeps what it was asked. */
async function openServer(name: string) {
  const asked: IncomingMessage[] = []
  const server = createServer((incoming, outgoing) => {
    asked.push(incoming)
    outgoing.write(`${name} ${incoming.headers.host}`)
    if (incoming.url !== '/held') outgoing.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { address: addressOf(server), asked, server }
}

async function ask(address: string, path: string) {
  const sent = request(new URL(path, address), { headers: { host: 'evil.example' }, agent: false })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return { sent, answer }
}

test('asks one after the other, under the name by which it was asked', async () => {
  const [a, b] = [await openServer('a'), await openServer('b')]
  const proxy = await startRoundRobinProxy([a.address, b.address], 0)
  onTestFinished(() => void proxy.close())
  const answers: string[] = []
  for (const _ of [1, 2, 3]) answers.push(await text((await ask(addressOf(proxy), '/')).answer))
  expect(answers).toEqual(['a evil.example', 'b evil.example', 'a evil.example'])
})

test('whoever leaves the proxy has left the server behind it', async () => {
  const a = await openServer('a')
  const proxy = await startRoundRobinProxy([a.address], 0)
  onTestFinished(() => void proxy.close())
  const { sent, answer } = await ask(addressOf(proxy), '/held')
  answer.on('error', () => {})
  sent.on('error', () => {})
  const left = once(a.asked[0]?.socket as object as Server, 'close')
  sent.destroy()
  await left
})
