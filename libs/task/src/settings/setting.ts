export interface Setting<T> {
  /** Its environment variable. */
  readonly env: string
  readonly default: T
  readonly description: string
  /** What a value looks like. */
  readonly takes: string
  /** @returns undefined when the text is no such value */
  readonly parse: (given: string) => T | undefined
}

export function integer(
  env: string,
  fallback: number,
  description: string,
  { least = 1, most }: { readonly least?: number; readonly most?: number } = {},
): Setting<number> {
  const parse = (given: string) => {
    const value = /^\d{1,15}$/.test(given.trim()) ? Number(given) : Number.NaN
    return value >= least && value <= (most ?? value) ? value : undefined
  }
  const takes = most === undefined ? `a whole number of at least ${least}` : `a whole number from ${least} to ${most}`
  return { env, default: fallback, description, takes, parse }
}

export function word(env: string, fallback: string, description: string): Setting<string> {
  return { env, default: fallback, description, takes: 'text', parse: (given) => given.trim() }
}

export function choice<const Word extends string>(
  env: string,
  fallback: NoInfer<Word>,
  description: string,
  words: readonly Word[],
): Setting<Word> {
  const parse = (given: string) => words.find((word) => word === given.trim())
  return { env, default: fallback, description, takes: `one of ${words.join(', ')}`, parse }
}

export function list(env: string, description: string): Setting<readonly string[]> {
  const parse = (given: string) =>
    given
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
  return { env, default: [], description, takes: 'a comma-separated list', parse }
}
