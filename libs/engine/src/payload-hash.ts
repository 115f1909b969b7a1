import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '@longhaul/task'

/** Equal for calls of the same tool with equal arguments, in whatever order their members are. */
export const hashPayload = (tool: string, args: JsonObject): string =>
  createHash('sha256')
    .update(JSON.stringify([tool, sorted(args)]))
    .digest('base64url')
    .slice(0, 22)

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  // As a list: in an object, members that look like numbers would keep an order of their own.
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return { members: members.map(([name, member]) => [name, sorted(member as Json)]) }
}
