import type { Json } from '@longhaul/task'

/** The same once more, for code that may change what it is given. */
export function copyJson(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyJson)
  return Object.fromEntries(Object.entries(value).map(([name, member = null]) => [name, copyJson(member)]))
}
