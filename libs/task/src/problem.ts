/** A mistake in a file of the user's project; the rest of the project still loads. */
export interface Problem {
  /** Path from the project's folder. */
  readonly file: string
  /** From 1; absent where the mistake has no line. */
  readonly line?: number
  /** From 1; absent where the whole line is meant. */
  readonly column?: number
  /** What is wrong and what to write instead. */
  readonly message: string
  readonly severity: 'error' | 'warning'
}

export const formatProblem = ({ file, line, column, message, severity }: Problem): string =>
  `${[file, line, column].filter((part) => part !== undefined).join(':')}: ${severity}: ${message}`

/** Orders problems by file, and within one as they stand in it; those of the file as a whole come first. */
export const byPlace = (a: Problem, b: Problem): number =>
  a.file.localeCompare(b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
