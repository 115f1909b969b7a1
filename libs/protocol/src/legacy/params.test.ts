import { expect, test } from 'vitest'
import type { RpcRequest } from '../json-rpc.ts'
import { parseParams } from './params.ts'

const parse = (method: Parameters<typeof parseParams>[0], params?: unknown) =>
  parseParams(method, { jsonrpc: '2.0', id: 1, method, ...(params !== undefined && { params }) } as RpcRequest)

test('gives the params of a request', () => {
  const call = { name: 'look', arguments: { at: 'x' }, task: { ttl: 5 }, _meta: { progressToken: 0 } }
  expect(parse('tools/call', call)).toEqual(call)
  expect(
    parse('tasks/get', { taskId: 'T', _meta: { 'io.modelcontextprotocol/related-task': { taskId: 'U' } } }),
  ).toEqual({ taskId: 'T', _meta: { 'io.modelcontextprotocol/related-task': { taskId: 'U' } } })
  expect(parse('tools/list')).toBeUndefined()
})

test.each([
  ['tools/call', undefined, 'Invalid params of tools/call: expected object, received undefined.'],
  ['tools/call', {}, 'Invalid params of tools/call: name: expected string, received undefined.'],
  [
    'tools/call',
    { name: 'a', arguments: [] },
    'Invalid params of tools/call: arguments: expected record, received array.',
  ],
  [
    'tools/call',
    { name: 'a', task: { ttl: '1' } },
    'Invalid params of tools/call: task.ttl: expected number, received string.',
  ],
  ['tools/call', { name: 'a', task: true }, 'Invalid params of tools/call: task: expected object, received boolean.'],
  [
    'tools/call',
    { name: 'a', _meta: { progressToken: 1.5 } },
    'Invalid params of tools/call: _meta.progressToken: expected string, received number, or expected int, received number.',
  ],
  [
    'initialize',
    {},
    'Invalid params of initialize: protocolVersion: expected string, received undefined; capabilities: expected object, received undefined; clientInfo: expected object, received undefined.',
  ],
  ['tasks/get', { taskId: 7 }, 'Invalid params of tasks/get: taskId: expected string, received number.'],
  ['tasks/result', {}, 'Invalid params of tasks/result: taskId: expected string, received undefined.'],
  ['tasks/cancel', {}, 'Invalid params of tasks/cancel: taskId: expected string, received undefined.'],
  ['tasks/list', { cursor: 1 }, 'Invalid params of tasks/list: cursor: expected string, received number.'],
  ['tools/list', { cursor: 1 }, 'Invalid params of tools/list: cursor: expected string, received number.'],
] as const)('names the field: %s %j', (method, params, message) => {
  expect(() => parse(method, params)).toThrow(expect.objectContaining({ code: -32602, message }))
})

test('no name of an argument reaches a prototype', () => {
  const params = parse('tools/call', JSON.parse('{"name":"a","arguments":{"__proto__":{"admin":true},"x":1}}'))
  const { arguments: args } = params as { arguments: Record<string, unknown> }
  expect(args.admin).toBeUndefined()
  expect(Object.getPrototypeOf(args)).toBe(Object.prototype)
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
})
