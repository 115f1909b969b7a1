/** A mistake in a file of the user's project; the rest of the project still loads. */
export interface Problem {
  /** Path from the project's folder. */
  readonly file: string
  /** From 1; absent where the mistake has no line. */
  readonly line?: number
  /** What is wrong and what to write instead. */
  readonly message: string
  readonly severity: 'error' | 'warning'
}

export const formatProblem = ({ file, line, message, severity }: Problem): string =>
  `${file}${line === undefined ? '' : `:${line}`}: ${severity}: ${message}`
