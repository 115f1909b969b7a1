import type { Evidence } from './evidence.ts'

/** Something that is not as it was promised. */
export interface Problem {
  readonly says: string
  /** The task whose evidence shows it. */
  readonly taskId?: string
}

export interface Verdict {
  /** What was looked at, for example `1204 effects`. */
  readonly looked: string
  readonly problems: readonly Problem[]
}

/** One promise, and how it is judged by what was seen from outside. */
export interface Check {
  readonly name: string
  readonly promise: string
  readonly judge: (evidence: Evidence) => Verdict
}
