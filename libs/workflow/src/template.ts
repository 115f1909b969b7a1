import { truthy } from '@actions/expressions/result'
import type { Json } from '@longhaul/task'
import { type Expression, evaluate, type Values } from './expression.ts'
import { toJson, toText } from './expression-data.ts'

/**
 * A value of the file with expressions in its texts. A text that is one expression is whatever that comes to; in any
 * other text an expression is written out.
 */
export type Template =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'text'; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [key: string, value: Template])[] }

/** Whether a step runs. */
export interface Condition {
  readonly expression: Expression
  /** It names a status function, and so says itself what becomes of it when what it needs has not succeeded. */
  readonly hasStatus: boolean
}

/** @throws Error when an expression cannot be evaluated */
export function render(template: Template, values: Values): Json {
  switch (template.kind) {
    case 'literal':
      return template.value
    case 'expression':
      return toJson(evaluate(template.expression, values))
    case 'text':
      return template.parts.map((part) => (typeof part === 'string' ? part : toText(evaluate(part, values)))).join('')
    case 'list':
      return template.items.map((item) => render(item, values))
    case 'map':
      return Object.fromEntries(template.entries.map(([key, value]) => [key, render(value, values)]))
  }
}

/** As CI does it: without a status function it is about steps of which all that they need has succeeded. */
export function isMet(condition: Condition | undefined, values: Values & Pick<Required<Values>, 'status'>): boolean {
  if (!condition) return values.status.success
  if (!condition.hasStatus && !values.status.success) return false
  return truthy(evaluate(condition.expression, values))
}
