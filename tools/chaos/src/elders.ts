import type { Program } from '../project/program.ts'
import type { PlannedTask } from './plan.ts'

/** What becomes of a task when nobody has the version any more with which it began. */
export const POLICIES = ['continue', 'ask', 'fail'] as const
export type Policy = (typeof POLICIES)[number]
export type Elder = `elder_${Policy}`

/** The version of their tools before and after the rolling restart that brings another one. */
export const OLD = '1'
export const NEW = '2'

/** Something is done by the old version, then it waits for a person; what is after that is done by the new one, if at all. */
export const ELDER_PROGRAM: Program = [
  { do: 'step', key: 's1', inDoubt: 'repeat', ms: 100 },
  { do: 'elicit', key: 'q2' },
  { do: 'step', key: 's3', inDoubt: 'repeat', ms: 100 },
]
/** The question that is answered only after the restart. */
export const isHeldBack = (label: string, key: string): boolean => label.startsWith('elder-') && key === 'q2'

export const policyOf = (planned: PlannedTask): Policy | undefined =>
  POLICIES.find((policy) => planned.kind === 'program' && planned.tool === `elder_${policy}`)

export const isElder = (planned: PlannedTask): boolean => policyOf(planned) !== undefined
