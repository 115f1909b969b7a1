import { RPC, RpcError, type RpcRequest } from '../json-rpc.ts'

/** The member of its params that a method names in `Mcp-Name` (R23, U37). */
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
])

/** What `Mcp-Name` says of a request, or undefined where its method names nothing, or its params have no such member. */
export function nameIn({ method, params }: Pick<RpcRequest, 'method' | 'params'>): string | undefined {
  const name = params?.[NAMED_BY.get(method) ?? '']
  return typeof name === 'string' ? name : undefined
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
/** What a header can carry at all. */
const IN_A_HEADER = /^[\t\x20-\x7e]*$/
/** Visible characters, and blanks that are not at an end. */
const AS_IT_IS = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/

/** `=?base64?…?=` carries what a header cannot; everything else is meant as it is. */
export const encodeHeader = (value: string): string =>
  AS_IT_IS.test(value) && !value.startsWith('=?base64?')
    ? value
    : `=?base64?${Buffer.from(value, 'utf8').toString('base64')}?=`

/** @throws RpcError -32020 when it cannot be read */
export function decodeHeader(name: string, given: string): string {
  if (!IN_A_HEADER.test(given)) throw mismatch(`${name} has characters that no header may have`)
  const value = given.replace(/^[ \t]+|[ \t]+$/g, '')
  const [, encoded] = /^=\?base64\?(.*)\?=$/s.exec(value) ?? []
  if (encoded === undefined) return value
  if (!BASE64.test(encoded)) throw mismatch(`${name} has Base64 that cannot be read`)
  return Buffer.from(encoded, 'base64').toString('utf8')
}

export const mismatch = (what: string): RpcError => new RpcError(RPC.headerMismatch, `Header mismatch: ${what}.`)
