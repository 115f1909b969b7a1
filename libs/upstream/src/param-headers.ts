import type { JsonObject, JsonSchema } from '@longhaul/task'

/** Where a property says that its value is wanted as a header, too, and what that header's name begins with. */
const WANTED = 'x-mcp-header'
const PREFIX = 'Mcp-Param-'

/** The headers that a tool of 2026 asks for by its input schema, as the SDK makes them for its own calls. */
export function paramHeaders(schema: JsonSchema, args: JsonObject): Record<string, string> {
  const properties = Object(schema.properties) as Readonly<Record<string, JsonSchema>>
  const headers = Object.entries(properties).map(([name, property]) => {
    const value = args[name]
    const wanted = Object(property)[WANTED]
    if (typeof wanted === 'string' && isPrimitive(value)) return { [PREFIX + wanted]: encode(String(value)) }
    const isInner = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isInner ? paramHeaders(Object(property), value as JsonObject) : {}
  })
  return Object.assign({}, ...headers)
}

const isPrimitive = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)

/** Text that a header cannot hold as it is goes as Base64 of its UTF-8. */
function encode(text: string): string {
  const isPlain = /^[\t\x20-\x7e]+$/.test(text) && text === text.trim() && !/^=\?base64\?.*\?=$/.test(text)
  return isPlain ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`
}
