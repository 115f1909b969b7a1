import { compileSchema } from '@longhaul/schema'
import type { JsonSchema } from '@longhaul/task'
import { z } from 'zod'
import { messageOf } from './errors.ts'

/** Zod, or JSON Schema 2020-12, which is listed as it is written. */
export type AnySchema = z.ZodType | JsonSchema

/** The JSON Schema of a Zod schema, or the given one. @throws Error when JSON Schema cannot say what Zod does */
export const toJsonSchema = (schema: AnySchema): JsonSchema =>
  schema instanceof z.ZodType ? (z.toJSONSchema(schema, { io: 'input' }) as JsonSchema) : schema

/** Like `toJsonSchema`, and sure to be usable. @throws Error that names `where` the schema is from */
export function toCheckedSchema(schema: AnySchema, where: string): JsonSchema {
  try {
    checkKind(schema)
    const json = toJsonSchema(schema)
    compileSchema(json)
    return json
  } catch (error) {
    throw new Error(`${where}: ${messageOf(error)}`, { cause: error })
  }
}

/** Code that no compiler has seen may give anything. */
function checkKind(schema: unknown): void {
  const use = "Give one of Zod 4 (import { z } from 'zod'), or JSON Schema."
  if (typeof schema !== 'object' || schema === null) throw new Error(`There is no schema. ${use}`)
  // Schemas of Zod 3 have the one, those of Zod Mini the other.
  const isOfZod = '_def' in schema || '_zod' in schema
  if (isOfZod && !(schema instanceof z.ZodType)) throw new Error(`It is a schema of Zod 3 or Zod Mini. ${use}`)
}

/** What code gets of a value: Zod's output, or the value itself. @throws Error that says what does not fit */
export function parse(schema: AnySchema, value: unknown, what: string): unknown {
  if (!(schema instanceof z.ZodType)) {
    const faults = compileSchema(schema)(value)
    if (faults.length === 0) return value
    throw new Error(`${what}: ${faults.join('; ')}.`)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
  throw new Error(`${what}: ${faults.join('; ')}.`)
}
