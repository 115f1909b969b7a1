import type { JsonObject, JsonSchema } from '@longhaul/task'
import type { RpcRequest } from '../json-rpc.ts'
import { encodeHeader, nameIn } from './header-value.ts'
import { META } from './meta.ts'

/** The headers that repeat what a request says, for whoever sends it over HTTP (R23). */
export function toRequestHeaders(request: RpcRequest): Readonly<Record<string, string>> {
  const version = Object(request.params?._meta)[META.protocolVersion]
  const name = nameIn(request)
  return {
    ...(typeof version === 'string' && { 'mcp-protocol-version': encodeHeader(version) }),
    'mcp-method': encodeHeader(request.method),
    ...(name !== undefined && { 'mcp-name': encodeHeader(name) }),
  }
}

/** The headers that repeat arguments, where the schema of the tool wants that (`x-mcp-header`, R24). */
export function toParamHeaders(schema: JsonSchema, args: JsonObject): Readonly<Record<string, string>> {
  const properties = Object.entries(Object(schema.properties) as Readonly<Record<string, JsonSchema>>)
  return Object.assign(
    {},
    ...properties.map(([name, property]) => {
      const suffix = Object(property)['x-mcp-header']
      const value = Object.hasOwn(args, name) ? args[name] : undefined
      if (value === undefined || value === null) return {}
      if (typeof suffix === 'string') return { [`mcp-param-${suffix.toLowerCase()}`]: encodeHeader(String(value)) }
      return property?.type === 'object' && typeof value === 'object'
        ? toParamHeaders(property, value as JsonObject)
        : {}
    }),
  )
}
