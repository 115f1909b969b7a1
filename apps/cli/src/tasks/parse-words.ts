import type { Json, JsonObject, JsonSchema } from '@longhaul/task'

/** A mistake in what somebody has typed. */
export class WordsError extends Error {
  override readonly name = 'WordsError'
}

/**
 * `--name value`, `--name=value`, `--flag` and `--no-flag` as an object of this schema. A name may be written with hyphens.
 * A list takes its option several times; an object is JSON.
 * @throws WordsError that says what to write
 */
export function parseWords(words: readonly string[], schema: JsonSchema): JsonObject {
  const properties = propertiesOf(schema)
  const found: Record<string, Json> = {}
  for (const rest = [...words]; rest.length > 0; ) {
    const word = rest.shift() ?? ''
    const [, written, given] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    if (written === undefined) throw new WordsError(`'${word}' belongs to no option. ${describeOptions(schema)}`)
    const name = findName(written, properties)
    const negated = name === undefined && written.startsWith('no-') ? findName(written.slice(3), properties) : undefined
    if (negated !== undefined && given === undefined && typesOf(properties[negated]).includes('boolean')) {
      found[negated] = false
      continue
    }
    if (name === undefined) throw new WordsError(`There is no --${written}. ${describeOptions(schema)}`)
    const property = properties[name] ?? {}
    const isFlag = typesOf(property).includes('boolean') && !/^(true|false)$/.test(given ?? rest[0] ?? '')
    const value = given ?? (isFlag ? 'true' : rest.shift())
    if (value === undefined) throw new WordsError(`--${written} needs a value.`)
    if (typesOf(property).includes('array') && !value.startsWith('[')) {
      const list = Array.isArray(found[name]) ? found[name] : []
      found[name] = [...list, parseValue(value, itemsOf(property), written)]
    } else found[name] = parseValue(value, property, written)
  }
  return found
}

/** @throws WordsError */
export function parseJsonObject(text: string): JsonObject {
  try {
    const value = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Neither is it an object.
  }
  throw new WordsError(`This is no JSON object: ${text}. Write for example --json '{"name": "value"}'.`)
}

/** Text as a value of this schema. @param written how the option was written @throws WordsError */
export function parseValue(text: string, schema: JsonSchema, written: string): Json {
  const types = typesOf(schema)
  if (types.includes('string')) return text
  const isNumber = types.includes('number') || types.includes('integer')
  if (isNumber && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text)
  if (types.includes('boolean') && /^(true|false|yes|no|y|n)$/i.test(text)) return /^[ty]/i.test(text)
  if (types.includes('null') && text === 'null') return null
  if (types.includes('object') || types.includes('array')) return parseJson(text, written)
  if (types.length > 0) throw new WordsError(`--${written} takes ${types.join(' or ')}, not '${text}'.`)
  // Nothing is said of it: what is JSON is meant so, all else is text.
  return /^[[{"\d-]|^(true|false|null)$/.test(text) ? tryJson(text) : text
}

export const propertiesOf = ({ properties }: JsonSchema): Readonly<Record<string, JsonSchema>> => Object(properties)

export const typesOf = (schema: JsonSchema | undefined): readonly string[] => {
  const { type, enum: values, anyOf, oneOf } = Object(schema)
  if (type !== undefined) return [type].flat()
  if (Array.isArray(values)) return [...new Set(values.map((value) => typeof value))]
  return [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? list.flatMap(typesOf) : []))
}

const itemsOf = ({ items }: JsonSchema): JsonSchema => Object(items)

function parseJson(text: string, written: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    throw new WordsError(`--${written} takes JSON, and this is none: ${text}`)
  }
}

function tryJson(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** `dry-run` for dryRun and dry_run. */
function findName(written: string, properties: Readonly<Record<string, JsonSchema>>): string | undefined {
  if (Object.hasOwn(properties, written)) return written
  const plain = (name: string) => name.replaceAll(/[-_]/g, '').toLowerCase()
  return Object.keys(properties).find((name) => plain(name) === plain(written))
}

export function describeOptions(schema: JsonSchema): string {
  const names = Object.keys(propertiesOf(schema)).map((name) => `--${name}`)
  return names.length > 0 ? `It takes ${names.join(', ')}.` : 'It takes no arguments.'
}
