import type { JsonSchema } from './json.ts'

export interface DecisionOption {
  /** What the answer has as `decision`. */
  readonly const: string
  /** As people read it. */
  readonly title: string
}

/** A form that asks what should be done, and nothing else. */
export const decisionForm = (oneOf: readonly DecisionOption[]): JsonSchema => ({
  type: 'object',
  properties: { decision: { type: 'string', title: 'What should be done?', oneOf } },
  required: ['decision'],
})
