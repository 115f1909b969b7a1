import { describe, expect, test } from 'vitest'
import { isRequestId, parseMessage, RpcError, requestIdIn, toError, toResult } from './json-rpc.ts'

describe('a message', () => {
  test.each([
    [{ jsonrpc: '2.0', id: 1, method: 'ping' }, 'request'],
    [{ jsonrpc: '2.0', id: '', method: 'ping', params: {} }, 'request'],
    [{ jsonrpc: '2.0', id: -7, method: 'constructor' }, 'request'],
    [{ jsonrpc: '2.0', method: 'notifications/initialized' }, 'notification'],
    [{ jsonrpc: '2.0', id: 'a', result: {} }, 'response'],
    [{ jsonrpc: '2.0', id: 0, error: { code: -1, message: 'no' } }, 'response'],
    [{ jsonrpc: '2.0', id: 'x'.repeat(10_000), result: {} }, 'response'],
    [{ jsonrpc: '2.0', id: 1, result: 5 }, 'response'],
    [{ jsonrpc: '2.0', id: 1, error: null }, 'response'],
  ])('%j is a %s', (body, kind) => {
    const message = parseMessage(body)
    expect(message.kind).toBe(kind)
    expect(Object.values(message)).toContain(body)
  })

  test.each<[unknown, string]>([
    [[{ jsonrpc: '2.0', id: 1, method: 'ping' }], 'This revision has no batches; send one message per request.'],
    [[], 'This revision has no batches; send one message per request.'],
    ...[undefined, null, 'ping', 7, true, {}, { id: 1, method: 'ping' }, { jsonrpc: 2, id: 1, method: 'ping' }].map(
      (body): [unknown, string] => [body, 'Invalid request: it has no "jsonrpc": "2.0".'],
    ),
    ...[null, 1.5, 2 ** 53, true, {}, [], 'x'.repeat(257)].map((id): [unknown, string] => [
      { jsonrpc: '2.0', id, method: 'ping' },
      'Invalid request: "id" must be an integer, or a string of at most 256 characters.',
    ]),
    ...[null, [], 'x', 1].map((params): [unknown, string] => [
      { jsonrpc: '2.0', id: 1, method: 'ping', params },
      'Invalid request: "params" must be an object.',
    ]),
    ...[
      { jsonrpc: '2.0' },
      { jsonrpc: '2.0', id: 1 },
      { jsonrpc: '2.0', id: 1, method: 5 },
      { jsonrpc: '2.0', id: null, result: {} },
      { jsonrpc: '2.0', result: {} },
    ].map((body): [unknown, string] => [
      body,
      'Invalid request: it is neither a request, a notification nor a response.',
    ]),
  ])('is refused: %j', (body, message) => {
    expect(() => parseMessage(body)).toThrow(new RpcError(-32600, message))
    expect(() => parseMessage(body)).toThrow(expect.objectContaining({ code: -32600 }))
  })
})

test('an id is a string or an integer that comes back as it was', () => {
  expect(['', 'a', 0, -1, Number.MAX_SAFE_INTEGER].every(isRequestId)).toBe(true)
  expect([null, undefined, 1.5, Number.NaN, 2 ** 53, [], {}, 'x'.repeat(257)].some(isRequestId)).toBe(false)
})

test.each([
  [{ jsonrpc: '2.0', id: 'a', method: 'ping' }, 'a'],
  [{ id: 0, method: 5 }, 0],
  [{ jsonrpc: '2.0', id: 1.5, method: 'ping' }, undefined],
  [{ jsonrpc: '2.0', id: 1, result: {} }, undefined],
  [{ jsonrpc: '2.0', id: 1, error: {} }, undefined],
  [[{ id: 1 }], undefined],
  [null, undefined],
  [undefined, undefined],
])('what is wrong with %j is told under the id %j', (body, id) => {
  expect(requestIdIn(body)).toBe(id)
})

test('answers carry the id of the request, and leave out what they have not', () => {
  expect(toResult(7, { ok: true })).toEqual({ jsonrpc: '2.0', id: 7, result: { ok: true } })
  expect(JSON.stringify(toError(undefined, { code: -32700, message: 'no' }))).toBe(
    '{"jsonrpc":"2.0","error":{"code":-32700,"message":"no"}}',
  )
  expect(toError('', { code: 5, message: 'no', data: null })).toEqual({
    jsonrpc: '2.0',
    id: '',
    error: { code: 5, message: 'no', data: null },
  })
})
