import type { Json, JsonObject } from '@longhaul/task'

/** The same once more, for code that may change what it is given. */
export function copyJson(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyJson)
  // Spread first: what is assigned then is its own member, even where its name is `__proto__`.
  const copy: Record<string, Json | undefined> = { ...(value as JsonObject) }
  for (const [name, member] of Object.entries(copy)) if (member !== undefined) copy[name] = copyJson(member)
  return copy
}
