import { formatProblem, type Problem } from '@longhaul/task'

/** A model that cannot be used as it is named or configured. The message says what to write or set instead. */
export class ModelChoiceError extends Error {
  /** Mistakes in the script, where the model is a scripted one. */
  readonly problems: readonly Problem[]
  constructor(message: string, problems: readonly Problem[] = []) {
    super([message, ...problems.map(formatProblem)].join('\n  '))
    this.name = 'ModelChoiceError'
    this.problems = problems
  }
}
