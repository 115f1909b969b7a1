import type { JsonSchema } from '@longhaul/task'
import type { Features } from './version.ts'

/**
 * A form in the words of a revision: before 2025-11-25 a choice has its titles in `enumNames`, and only boxes to tick have
 * a default (P21).
 */
export function toForm(form: JsonSchema, features: Features): JsonSchema {
  if (features.titledChoices) return form
  const fields = Object.entries((form.properties ?? {}) as { readonly [name: string]: JsonSchema })
  return { ...form, properties: Object.fromEntries(fields.map(([name, field]) => [name, toOlderField(field)])) }
}

function toOlderField({ oneOf, default: preset, ...rest }: JsonSchema): JsonSchema {
  const field = typeof preset === 'boolean' ? { ...rest, default: preset } : rest
  if (!Array.isArray(oneOf)) return field
  const choices = oneOf as unknown as readonly { readonly const: string; readonly title: string }[]
  return { ...field, enum: choices.map((choice) => choice.const), enumNames: choices.map(({ title }) => title) }
}
