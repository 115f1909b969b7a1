import { expect, test } from 'vitest'
import { checkParamHeaders, checkRouting, checkVersion } from './headers.ts'
import { toParamHeaders, toRequestHeaders } from './request-headers.ts'

const VERSION = 'io.modelcontextprotocol/protocolVersion'
const SCHEMA = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    shard: { type: 'integer', 'x-mcp-header': 'Shard' },
    dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
    place: { type: 'object', properties: { city: { type: 'string', 'x-mcp-header': 'City' } } },
    note: { type: 'string' },
  },
}

test.each([
  ['tools/call', { name: 'look' }, 'look'],
  ['tools/call', { name: 'größe' }, '=?base64?Z3LDtsOfZQ==?='],
  ['tools/call', { name: ' look ' }, '=?base64?IGxvb2sg?='],
  ['tools/call', { name: '=?base64?x' }, '=?base64?PT9iYXNlNjQ/eA==?='],
  ['tools/call', { name: '' }, ''],
  ['resources/read', { uri: 'file:///a b' }, 'file:///a b'],
  ['tasks/get', { taskId: 'id' }, 'id'],
  ['tools/list', { name: 'look' }, undefined],
  ['tools/call', { name: 5 }, undefined],
])('%s of %j is named %j, as the one who reads it wants it', (method, params, name) => {
  const request = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: { [VERSION]: '2026-07-28' } } } as const
  const headers = toRequestHeaders(request)
  expect(headers['mcp-name']).toBe(name)
  expect(() => checkVersion(headers, '2026-07-28')).not.toThrow()
  expect(() => checkRouting(headers, request)).not.toThrow()
})

test('a method that no header can carry is unknown, and not a mismatch', () => {
  const request = { jsonrpc: '2.0', id: 1, method: 'größe/get', params: {} } as const
  expect(() => checkRouting(toRequestHeaders(request), request)).not.toThrow()
})

test.each([
  { region: 'eu', shard: 42, dry: false, place: { city: 'Zürich' }, note: 'x' },
  { region: null, place: {} },
  { region: '', note: 'x' },
  {},
])('arguments are repeated as the one who reads them wants it: %j', (args) => {
  expect(() => checkParamHeaders(toParamHeaders(SCHEMA, args), SCHEMA, args)).not.toThrow()
})
