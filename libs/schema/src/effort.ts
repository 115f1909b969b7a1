/** Keywords with which the effort can grow faster than schema and value: in JSON they also stand where they are no keywords. */
const MAY_EXPLODE = /"(?:pattern|patternProperties|uniqueItems|\$ref|\$dynamicRef|\$recursiveRef)"/
const SMALL_SCHEMA_CHARACTERS = 16 * 1024
const SMALL_VALUE_NODES = 1000
const SMALL_VALUE_CHARACTERS = 16 * 1024

/** Whether small values are checked in no time against a schema of this text, whoever has written both. */
export const isQuicklyChecked = (text: string): boolean =>
  text.length <= SMALL_SCHEMA_CHARACTERS && !MAY_EXPLODE.test(text)

/** Whether a value of JSON is as small as most are; looks at no more of a large one. */
export function isSmall(value: unknown): boolean {
  let nodes = 0
  let characters = 0
  const open = [value]
  while (open.length > 0) {
    const node = open.pop()
    nodes++
    if (typeof node === 'string') characters += node.length
    if (Array.isArray(node)) {
      if (node.length > SMALL_VALUE_NODES) return false
      open.push(...node)
    } else if (typeof node === 'object' && node !== null) {
      for (const name in node) {
        characters += name.length
        open.push((node as Record<string, unknown>)[name])
        if (open.length > SMALL_VALUE_NODES) return false
      }
    }
    if (nodes + open.length > SMALL_VALUE_NODES || characters > SMALL_VALUE_CHARACTERS) return false
  }
  return true
}
