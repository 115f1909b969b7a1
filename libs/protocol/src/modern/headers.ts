import type { JsonObject, JsonSchema } from '@longhaul/task'
import { RPC, RpcError, type RpcRequest } from '../json-rpc.ts'
import { decodeHeader, encodeHeader, mismatch, nameIn } from './header-value.ts'
import { isModernVersion, MODERN_VERSIONS } from './version.ts'

/** Headers of a request by their names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** @throws RpcError -32020 when header and body do not agree, -32022 when they agree on what is not served */
export function checkVersion(headers: RequestHeaders, version: string): void {
  expectPlainHeader(headers, 'MCP-Protocol-Version', version)
  if (isModernVersion(version)) return
  const data = { supported: MODERN_VERSIONS, requested: version }
  throw new RpcError(
    RPC.unsupportedVersion,
    `Unsupported protocol version ${version}; data.supported are served.`,
    data,
  )
}

/** @throws RpcError -32020 when `Mcp-Method` or `Mcp-Name` is not what the body says */
export function checkRouting(headers: RequestHeaders, request: RpcRequest): void {
  const { method } = request
  expectPlainHeader(headers, 'Mcp-Method', method)
  const name = nameIn(request)
  // Where the body has no such member, its params are what is wrong. Clients in use do not name tasks.
  if (name === undefined || (method.startsWith('tasks/') && headers['mcp-name'] === undefined)) return
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

/** One that routers read, which decode nothing: it is encoded only where it could not be there otherwise. */
function expectPlainHeader(headers: RequestHeaders, name: string, expected: string): void {
  const said = readHeader(headers, name, expected).trim()
  if (said !== encodeHeader(expected)) throw saysOther(name, said, expected)
}

function expectHeader(headers: RequestHeaders, name: string, expected: unknown): void {
  const said = decodeHeader(name, readHeader(headers, name, expected))
  const isSame =
    typeof expected === 'number' ? said.trim() !== '' && Number(said) === expected : said === String(expected)
  if (!isSame) throw saysOther(name, said, expected)
}

function readHeader(headers: RequestHeaders, name: string, expected: unknown): string {
  const given = headers[name.toLowerCase()]
  if (typeof given === 'string') return given
  throw mismatch(`${name} is missing; it must say ${JSON.stringify(expected)}`)
}

const saysOther = (name: string, said: string, expected: unknown): RpcError =>
  mismatch(`${name} says ${JSON.stringify(said)}, and the body ${JSON.stringify(expected)}`)

function expectNoHeader(headers: RequestHeaders, name: string): void {
  if (headers[name.toLowerCase()] !== undefined) throw mismatch(`${name} is there, and the body has no such argument`)
}
