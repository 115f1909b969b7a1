import { formatProblem, type Problem } from '@longhaul/task'
import type { Logger } from 'pino'

/** Each with file and line, as its author needs it. */
export function logProblems(log: Logger, problems: readonly Problem[]): void {
  for (const problem of problems) log[problem.severity === 'error' ? 'error' : 'warn'](formatProblem(problem))
}
