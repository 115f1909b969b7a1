import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { LegacyConversation } from './legacy-conversation.ts'
import { legacyDialect } from './legacy-dialect.ts'
import { MessageRecord } from './message-record.ts'
import { recordingFetch } from './recording-fetch.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** What a client records that asks `method`, of a server that answers as told. */
async function record(method: string, answer: RequestListener): Promise<MessageRecord> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const messages = new MessageRecord(legacyDialect())
  const get = recordingFetch(fetch, new LegacyConversation(messages))
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: {} })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await (await get(url, { method: 'POST', body })).text()
  return messages
}

const json =
  (message: unknown, status = 200): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(message))

const events =
  (...list: readonly [id: string, message: unknown][]): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [id, message] of list) response.write(`id: ${id}\ndata: ${JSON.stringify(message)}\n\n`)
    response.end()
  }

const result = (value: unknown, id = 1) => ({ jsonrpc: '2.0', id, result: value })
const progress = (value: number) => ({
  jsonrpc: '2.0',
  method: 'notifications/progress',
  params: { progressToken: 'p', progress: value },
})

test('counts messages by type and finds nothing wrong with right ones', async () => {
  const tool = { name: 'look', inputSchema: { type: 'object' } }
  const { problems, report, missing } = await record(
    'tools/list',
    events(['1', progress(1)], ['2', progress(2)], ['3', result({ tools: [tool] })]),
  )
  expect(problems).toEqual([])
  expect(report).toContain('     2  ProgressNotification\n')
  expect(report).toContain('     1  ListToolsResult\n')
  expect(missing).not.toContain('ListToolsResult')
  expect(missing).toContain('ElicitRequest')
})

test.each<[string, string, RequestListener]>([
  ['a result that lacks a member', "ListToolsResult must have required property 'tools'", json(result({}))],
  ['a member that leaked', 'must NOT have unevaluated properties', json(result({ tools: [], secret: 1 }))],
  ['a response to nothing', 'A response to nothing that was asked', json(result({ tools: [] }, 2))],
  ['two responses', 'A second response', events(['1', result({ tools: [] })], ['2', result({ tools: [] })])],
  ['an event id that comes twice', 'The event id 1 is used again', events(['1', progress(1)], ['1', progress(2)])],
  ['progress that stands still', 'Progress after 1', events(['1', progress(1)], ['2', progress(1)])],
  ['an unknown method', 'nothing that this server sends', events(['1', { jsonrpc: '2.0', method: 'notifications/x' }])],
  [
    'a request id that comes twice',
    'The id of a request is used again',
    events(
      ['1', { jsonrpc: '2.0', id: 'a', method: 'roots/list' }],
      ['2', { jsonrpc: '2.0', id: 'a', method: 'roots/list' }],
    ),
  ],
  [
    'an error without a code',
    "must have required property 'code'",
    json({ jsonrpc: '2.0', error: { message: 'x' } }, 400),
  ],
  ['a body that is no message', 'with a body that is no message', (_request, response) => response.end('hello')],
])('notices %s', async (_what, words, answer) => {
  const { problems } = await record('tools/list', answer)
  expect(problems.join('\n')).toContain(words)
})
