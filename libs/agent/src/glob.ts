import picomatch from 'picomatch'

/** One glob of a list of them. */
interface Matcher {
  readonly takesOut: boolean
  readonly matches: (name: string) => boolean
}

/** A leading `!` takes out, unless it begins an extended glob such as `!(a|b)`. */
export function toMatcher(pattern: string): Matcher {
  const takesOut = /^![^(]/.test(pattern)
  return { takesOut, matches: picomatch(takesOut ? pattern.slice(1) : pattern, { dot: true, nonegate: true }) }
}

/** Whether a list of globs selects a name: one of them matches it, and none takes it out. */
export function isSelected(name: string, globs: readonly Matcher[]): boolean {
  const matching = globs.filter(({ matches }) => matches(name))
  return matching.length > 0 && matching.every(({ takesOut }) => !takesOut)
}
