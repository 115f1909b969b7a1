import { expect, test } from 'vitest'
import { checkParamHeaders, checkRouting, checkVersion } from './headers.ts'

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
const check = (headers: Record<string, string>, args: object) => () =>
  checkParamHeaders(headers, SCHEMA, args as Record<string, string>)

test.each([
  [{ 'mcp-param-region': 'eu' }, { region: 'eu', note: 'x' }],
  [{ 'mcp-param-region': ' eu\t' }, { region: 'eu' }],
  [{ 'mcp-param-region': '=?base64?w7xi?=' }, { region: 'üb' }],
  [{ 'mcp-param-region': '=?base64?Zm9v' }, { region: '=?base64?Zm9v' }],
  [{ 'mcp-param-region': '' }, { region: '' }],
  [{ 'mcp-param-shard': '042' }, { shard: 42 }],
  [{ 'mcp-param-shard': '42.0' }, { shard: 42 }],
  [{ 'mcp-param-dry': 'true' }, { dry: true }],
  [{ 'mcp-param-city': 'Bern' }, { place: { city: 'Bern' } }],
  [{}, { region: null, note: 'x' }],
  [{}, {}],
])('headers that repeat the arguments may: %j for %j', (headers, args) => {
  expect(check(headers, args)).not.toThrow()
})

test.each([
  [{}, { region: 'eu' }, 'Mcp-Param-Region is missing; it must say "eu"'],
  [{ 'mcp-param-region': 'EU' }, { region: 'eu' }, 'Mcp-Param-Region says "EU", and the body "eu"'],
  [{ 'mcp-param-region': 'eu' }, {}, 'Mcp-Param-Region is there, and the body has no such argument'],
  [{ 'mcp-param-region': 'eu' }, { region: null }, 'Mcp-Param-Region is there, and the body has no such argument'],
  [{ 'mcp-param-region': '=?base64?***?=' }, { region: 'x' }, 'Mcp-Param-Region has Base64 that cannot be read'],
  [{ 'mcp-param-region': 'Zürich' }, { region: 'Zürich' }, 'Mcp-Param-Region has characters that no header may have'],
  [
    { 'mcp-param-region': 'e\u0001u' },
    { region: 'e\u0001u' },
    'Mcp-Param-Region has characters that no header may have',
  ],
  [{ 'mcp-param-shard': '' }, { shard: 0 }, 'Mcp-Param-Shard says "", and the body 0'],
  [{ 'mcp-param-dry': 'True' }, { dry: true }, 'Mcp-Param-Dry says "True", and the body true'],
  [{}, { place: { city: 'Bern' } }, 'Mcp-Param-City is missing; it must say "Bern"'],
])('headers that say something else may not: %j for %j', (headers, args, fault) => {
  expect(check(headers as Record<string, string>, args)).toThrow(
    expect.objectContaining({ code: -32020, message: `Header mismatch: ${fault}.` }),
  )
})

test.each([
  ['prompts/get', { name: 'p' }, 'p'],
  ['resources/read', { uri: 'file:///a' }, 'file:///a'],
  ['tasks/get', { taskId: 't' }, 't'],
])('%s is routed by what it names', (method, params, name) => {
  const request = { jsonrpc: '2.0', id: 1, method, params } as const
  expect(() => checkRouting({ 'mcp-method': method, 'mcp-name': name }, request)).not.toThrow()
  expect(() => checkRouting({ 'mcp-method': method, 'mcp-name': 'other' }, request)).toThrow('Mcp-Name says "other"')
})

test('only names and arguments may be encoded: who routes by the others decodes nothing', () => {
  const encoded = (value: string) => `=?base64?${Buffer.from(value).toString('base64')}?=`
  const request = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'look' } } as const
  expect(() => checkRouting({ 'mcp-method': 'tools/call', 'mcp-name': encoded('look') }, request)).not.toThrow()
  expect(() => checkRouting({ 'mcp-method': encoded('tools/call'), 'mcp-name': 'look' }, request)).toThrow(
    'Mcp-Method says',
  )
  expect(() => checkVersion({ 'mcp-protocol-version': encoded('2026-07-28') }, '2026-07-28')).toThrow(
    'MCP-Protocol-Version says',
  )
})

test('a task may go unnamed, since clients in use do not name tasks [U37]', () => {
  const named = (method: string, params: object) => () =>
    checkRouting({ 'mcp-method': method }, { jsonrpc: '2.0', id: 1, method, params: params as never })
  expect(named('tasks/get', { taskId: 't' })).not.toThrow()
  expect(named('tools/call', { name: 't' })).toThrow('Mcp-Name is missing')
})
