import type { JsonObject, JsonSchema } from '@longhaul/task'
import { RPC, RpcError, type RpcRequest } from '../json-rpc.ts'
import { isModernVersion, MODERN_VERSIONS } from './version.ts'

/** Headers of a request by their names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** @throws RpcError -32020 when header and body do not agree, -32022 when they agree on what is not served */
export function checkVersion(headers: RequestHeaders, version: string): void {
  expectHeader(headers, 'MCP-Protocol-Version', version)
  if (isModernVersion(version)) return
  const data = { supported: MODERN_VERSIONS, requested: version }
  throw new RpcError(
    RPC.unsupportedVersion,
    `Unsupported protocol version ${version}; data.supported are served.`,
    data,
  )
}

/** The member of its params that a method names in `Mcp-Name` (R23, U37). */
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
])

/** @throws RpcError -32020 when `Mcp-Method` or `Mcp-Name` is not what the body says */
export function checkRouting(headers: RequestHeaders, { method, params }: RpcRequest): void {
  expectHeader(headers, 'Mcp-Method', method)
  const name = params?.[NAMED_BY.get(method) ?? '']
  // Where the body has no such member, its params are what is wrong. Clients in use do not name tasks.
  if (typeof name !== 'string' || (method.startsWith('tasks/') && headers['mcp-name'] === undefined)) return
  expectHeader(headers, 'Mcp-Name', name)
}

/**
 * Arguments that a tool's schema wants repeated in headers (`x-mcp-header`, R24).
 * @throws RpcError -32020 when one is missing, or is not what the arguments say
 */
export function checkParamHeaders(headers: RequestHeaders, schema: JsonSchema, args: JsonObject): void {
  const properties = Object(schema.properties) as Readonly<Record<string, JsonSchema>>
  for (const [name, property] of Object.entries(properties)) {
    const suffix = Object(property)['x-mcp-header']
    const value = Object.hasOwn(args, name) ? args[name] : undefined
    if (typeof suffix === 'string') {
      const header = `Mcp-Param-${suffix}`
      if (value === undefined || value === null) expectNoHeader(headers, header)
      else expectHeader(headers, header, value)
    } else if (property?.type === 'object' && typeof value === 'object' && value !== null) {
      checkParamHeaders(headers, property, value as JsonObject)
    }
  }
}

function expectHeader(headers: RequestHeaders, name: string, expected: unknown): void {
  const given = headers[name.toLowerCase()]
  if (typeof given !== 'string') throw mismatch(`${name} is missing; it must say ${JSON.stringify(expected)}`)
  const said = decode(name, given)
  const isSame =
    typeof expected === 'number' ? said.trim() !== '' && Number(said) === expected : said === String(expected)
  if (!isSame) throw mismatch(`${name} says ${JSON.stringify(said)}, and the body ${JSON.stringify(expected)}`)
}

function expectNoHeader(headers: RequestHeaders, name: string): void {
  if (headers[name.toLowerCase()] !== undefined) throw mismatch(`${name} is there, and the body has no such argument`)
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** `=?base64?…?=` carries what a header cannot; everything else is meant as it is. */
function decode(name: string, given: string): string {
  const value = given.replace(/^[ \t]+|[ \t]+$/g, '')
  const [, encoded] = /^=\?base64\?(.*)\?=$/s.exec(value) ?? []
  if (encoded === undefined) return value
  if (!BASE64.test(encoded)) throw mismatch(`${name} has Base64 that cannot be read`)
  return Buffer.from(encoded, 'base64').toString('utf8')
}

const mismatch = (what: string): RpcError => new RpcError(RPC.headerMismatch, `Header mismatch: ${what}.`)
