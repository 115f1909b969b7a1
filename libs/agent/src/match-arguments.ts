import type { Json, JsonObject } from '@longhaul/task'

/** What arguments look like: by their names, or paths such as `options.force`. `*` stands for any text, or none. */
export type ArgumentPatterns = Readonly<Record<string, string>>

/** Whether each of the named arguments is there and fits its pattern: a string as it is, all else as its JSON. */
export const fitsArguments = (args: JsonObject, patterns: ArgumentPatterns): boolean =>
  Object.entries(patterns).every(([path, pattern]) => {
    const value = valueAt(args, path)
    if (value === undefined) return false
    return fits(typeof value === 'string' ? value : JSON.stringify(value), pattern)
  })

/** A name that has a dot in it comes before a path. */
function valueAt(args: JsonObject, path: string): Json | undefined {
  if (Object.hasOwn(args, path)) return args[path]
  let value: Json | undefined = args
  for (const name of path.split('.')) {
    const members: unknown = value
    value = isObject(members) && Object.hasOwn(members, name) ? members[name] : undefined
  }
  return value
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Part by part, so that no pattern takes longer than its text is long. */
function fits(value: string, pattern: string): boolean {
  const [first = '', ...parts] = pattern.split('*')
  const last = parts.pop()
  if (last === undefined) return value === first
  if (!value.startsWith(first)) return false
  let from = first.length
  for (const part of parts) {
    const at = value.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return value.length - from >= last.length && value.endsWith(last)
}
