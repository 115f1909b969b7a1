import type { JsonSchema } from '@longhaul/task'
import { type AnySchema, toJsonSchema } from './any-schema.ts'

const FIELD_TYPES: readonly unknown[] = ['string', 'number', 'integer', 'boolean']

/**
 * The schema of a form as MCP clients of every revision take it: a flat object, without `$schema`. Only its shape is
 * checked, since that is done on every replay and compiling a schema takes milliseconds.
 * @throws Error that names the property which no form can show
 */
export function toFormSchema(schema: AnySchema): JsonSchema {
  const { $schema: _, additionalProperties: __, ...form } = toJsonSchema(schema)
  if (form.type !== 'object') throw new Error('elicit.schema must be an object schema (type: object).')
  const fields = Object.entries((form.properties ?? {}) as { readonly [name: string]: JsonSchema })
  const unfit = fields.find(([, field]) => !FIELD_TYPES.includes(field.type) && !isChoiceOfSeveral(field))
  if (!unfit) return form
  throw new Error(
    `elicit.schema: '${unfit[0]}' must be a string, number, boolean, enum or array of an enum; forms have no other fields.`,
  )
}

function isChoiceOfSeveral({ type, items }: JsonSchema): boolean {
  return type === 'array' && ['enum', 'anyOf'].some((choices) => Object(items)[choices] !== undefined)
}
