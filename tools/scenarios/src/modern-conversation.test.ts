import { expect, test } from 'vitest'
import type { WireMessage } from './message.ts'
import { MessageRecord } from './message-record.ts'
import { ModernConversation } from './modern-conversation.ts'
import { modernDialect, NOT_SERVED } from './modern-dialect.ts'

const OWN = { 'io.modelcontextprotocol/serverInfo': { name: 'longhaul', version: '1' } }
const TAG = { 'io.modelcontextprotocol/subscriptionId': 1 }
const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } }
const time = '2026-01-01T00:00:00.000Z'
const task = { taskId: 't', createdAt: time, lastUpdatedAt: time, ttlMs: 1, pollIntervalMs: 1 }

interface Asked {
  readonly method: string
  readonly params?: object
  readonly capabilities?: object
  readonly meta?: object
}

/** What is found wrong with messages that answer a request, in a stream or, with a status, in JSON. */
function problemsOf({ method, params, capabilities = {}, meta }: Asked, messages: readonly object[], status?: number) {
  const record = new MessageRecord(modernDialect())
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': capabilities,
    ...meta,
  }
  const message = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }
  const exchange = new ModernConversation(record).sent({ method: 'POST', headers: new Headers(), messages: [message] })
  const type = status === undefined ? 'text/event-stream' : 'application/json'
  exchange.answered?.(
    new Response('', { status: status ?? 200, headers: { 'content-type': type, 'x-accel-buffering': 'no' } }),
  )
  for (const one of messages) exchange.received({ jsonrpc: '2.0', ...one } as WireMessage, undefined)
  return record.problems
}

const result = (members: object, id: unknown = 1) => ({
  id,
  result: { resultType: 'complete', _meta: OWN, ...members },
})
const notify = (method: string, params: object) => ({ method: `notifications/${method}`, params })
const unread = (code: number) => ({ error: { code, message: 'no' } })
const error = (code: number) => ({ id: 1, ...unread(code) })

const LIST = { method: 'tools/list' }
const CALL = { method: 'tools/call', params: { name: 'x' } }
const LISTEN = { method: 'subscriptions/listen', params: { notifications: { taskIds: ['t'] } }, capabilities: TASKS }
const GET = { method: 'tasks/get', params: { taskId: 't' }, capabilities: TASKS }
const tools = { tools: [{ name: 'look', inputSchema: { type: 'object' } }], ttlMs: 0, cacheScope: 'private' }
const content = { content: [] }
const acknowledged = notify('subscriptions/acknowledged', { notifications: { taskIds: ['t'] }, _meta: TAG })
const told = (members: object) => notify('tasks', { ...task, ...members, _meta: TAG })
const progress = (value: number, progressToken = 'p') => notify('progress', { progressToken, progress: value })

test.each<[string, Asked, object[], number?]>([
  ['a list', LIST, [result(tools)], 200],
  ['a call', CALL, [result(content)]],
  ['a call with progress', { ...CALL, meta: { progressToken: 'p' } }, [progress(1), progress(2), result(content)]],
  ['a task', { ...CALL, capabilities: TASKS }, [result({ resultType: 'task', status: 'working', ...task })], 200],
  [
    'a look at a task',
    GET,
    [result({ status: 'completed', ...task, result: { resultType: 'complete', content: [] } })],
    200,
  ],
  ['a subscription', LISTEN, [acknowledged, told({ status: 'cancelled' }), result({ _meta: { ...OWN, ...TAG } })]],
  ['an error', LIST, [error(-32601)], 404],
  ['what could not be read', LIST, [unread(-32700)], 400],
])('finds nothing wrong with %s', (_, asked, messages, status) => {
  expect(problemsOf(asked, messages, status)).toEqual([])
})

test.each<[string, string, Asked, object[], number?]>([
  ['a result without a type', 'is nothing that this server sends', LIST, [{ id: 1, result: tools }], 200],
  ['a list without hints', "must have required property 'ttlMs'", LIST, [result({ tools: [] })], 200],
  [
    'a member of the other era',
    'unevaluated properties',
    LIST,
    [result({ tools: [{ ...tools.tools[0], execution: {} }] })],
    200,
  ],
  ['a member that leaked', 'unevaluated properties', CALL, [result({ ...content, secret: 1 })]],
  ['a result that is nobody’s', 'does not say whose', CALL, [result({ ...content, _meta: {} })]],
  [
    'a task that nobody takes',
    'is nothing that this server sends',
    CALL,
    [result({ resultType: 'task', ...task })],
    200,
  ],
  [
    'a task inside a member',
    'must have required',
    { ...CALL, capabilities: TASKS },
    [result({ resultType: 'task', task })],
    200,
  ],
  [
    'a task that says too much',
    'unevaluated properties',
    GET,
    [result({ status: 'working', ...task, result: {} })],
    200,
  ],
  ['a task that says too little', 'must have required', GET, [result({ status: 'completed', ...task })], 200],
  [
    'a result in a task that is none',
    'must have required',
    GET,
    [result({ status: 'completed', ...task, result: {} })],
    200,
  ],
  [
    'a task that asks nothing',
    'fewer than 1',
    GET,
    [result({ status: 'input_required', ...task, inputRequests: {} })],
    200,
  ],
  ['a request', 'A request of the server', CALL, [{ id: 2, method: 'ping' }]],
  ['a second response', 'A message after the response', CALL, [result(content), result(content)]],
  ['a response to another', 'A response to another request', CALL, [result(content, '1')]],
  ['a response without an id', 'A response to another request', CALL, [unread(-32602)], 200],
  ['the wrong HTTP status', 'An error with HTTP 200', LIST, [error(-32601)], 200],
  ['progress that nobody asked for', 'Progress of another', CALL, [progress(1)]],
  [
    'progress that stands still',
    'that is not more',
    { ...CALL, meta: { progressToken: 'p' } },
    [progress(1), progress(1)],
  ],
  ['a log message that nobody asked for', 'nobody asked for', CALL, [notify('message', { level: 'info', data: 1 })]],
  ['a subscription without a beginning', 'comes first', LISTEN, [told({ status: 'working' })]],
  [
    'a subscription without a tag',
    'Of another subscription',
    LISTEN,
    [{ ...acknowledged, params: { notifications: {} } }],
  ],
  ['a task of another', 'does not ask for', LISTEN, [acknowledged, told({ status: 'working', taskId: 'u' })]],
  ['progress in a subscription', 'does not ask for', LISTEN, [acknowledged, progress(1)]],
  ['an end before the beginning', 'before it was acknowledged', LISTEN, [result({ _meta: { ...OWN, ...TAG } })]],
])('notices %s', (_, words, asked, messages, status) => {
  expect(problemsOf(asked, messages, status).join('\n')).toContain(words)
})

test('notices a key that is given to another question', () => {
  const asks = (message: string) => {
    const params = { message, requestedSchema: { type: 'object', properties: {} } }
    return told({ status: 'input_required', inputRequests: { q: { method: 'elicitation/create', params } } })
  }
  expect(problemsOf(LISTEN, [acknowledged, asks('One?'), asks('One?')])).toEqual([])
  expect(problemsOf(LISTEN, [acknowledged, asks('One?'), asks('Two?')]).join()).toContain('is given to another')
})

test('every result and notification of the schema is sent by this server, or named as not served', () => {
  const { $defs, types } = modernDialect()
  const listed = ['ServerResult', 'ServerNotification'].flatMap((union) => $defs[union]?.anyOf as { $ref: string }[])
  const names = listed.map(({ $ref }) => $ref.split('/').at(-1) ?? '').filter((name) => name !== 'Result')
  expect(names.filter((name) => !types.includes(name) && !NOT_SERVED.includes(name))).toEqual([])
  expect(NOT_SERVED.filter((name) => types.includes(name) || !names.includes(name))).toEqual([])
})
