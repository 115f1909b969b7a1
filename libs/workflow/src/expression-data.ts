import { data } from '@actions/expressions'
import type { Json, JsonObject } from '@longhaul/task'

/**
 * JSON as expressions see it, made as far as they look into it. The library's own objects keep only the first of two
 * names that differ in case, and none that JavaScript's objects have from birth, such as `constructor`; these keep all,
 * so that a value goes through an expression unchanged.
 */
class ListData extends data.Array {
  readonly json: readonly Json[]

  constructor(json: readonly Json[]) {
    super()
    this.json = json
  }

  override get(index: number): data.ExpressionData {
    return toData(this.json[index])
  }

  override values(): data.ExpressionData[] {
    return this.json.map(toData)
  }
}

class ObjectData extends data.Dictionary {
  readonly json: JsonObject

  constructor(json: JsonObject) {
    super()
    this.json = json
  }

  /** By the very name, else by one that differs in case, as in CI files. */
  override get(key: string): data.ExpressionData | undefined {
    if (Object.hasOwn(this.json, key)) return toData(this.json[key])
    const alike = Object.keys(this.json).find((name) => name.toLowerCase() === key.toLowerCase())
    return alike === undefined ? undefined : toData(this.json[alike])
  }

  override values(): data.ExpressionData[] {
    return Object.values(this.json).map(toData)
  }

  override pairs(): { key: string; value: data.ExpressionData }[] {
    return Object.entries(this.json).map(([key, value]) => ({ key, value: toData(value) }))
  }
}

/** One for each object, since `==` says of two objects whether they are one. */
const known = new WeakMap<object, data.ExpressionData>()

export function toData(json: Json | undefined): data.ExpressionData {
  switch (typeof json) {
    case 'string':
      return new data.StringData(json)
    case 'number':
      return new data.NumberData(json)
    case 'boolean':
      return new data.BooleanData(json)
    case 'object': {
      if (json === null) break
      const made = known.get(json) ?? (Array.isArray(json) ? new ListData(json) : new ObjectData(json as JsonObject))
      known.set(json, made)
      return made
    }
  }
  return new data.Null()
}

export function toJson(value: data.ExpressionData): Json {
  if (value instanceof ListData || value instanceof ObjectData) return value.json as Json
  switch (value.kind) {
    case data.Kind.Null:
      return null
    case data.Kind.Array:
      return (value as data.Array).values().map(toJson)
    case data.Kind.Dictionary: {
      const pairs = (value as data.Dictionary).pairs()
      return Object.fromEntries(pairs.map(({ key, value: inner }) => [key, toJson(inner)]))
    }
    default:
      // JSON has no other numbers.
      return Number.isNaN((value as data.NumberData).value) ? null : (value as data.StringData).value
  }
}

/** As part of a text: nothing for null, JSON for lists and objects. */
export function toText(value: data.ExpressionData): string {
  return value.primitive ? value.coerceString() : JSON.stringify(toJson(value))
}
