import { findProgram, NATIVE_SERVERS } from '@longhaul/embedded'

export const SENTINELS = ['redis-sentinel', 'valkey-sentinel'] as const

/** Programs that some tests cannot do without and that not every machine has. Any one of the names will do. */
const PROGRAMS = {
  'redis-server': NATIVE_SERVERS.toReversed(),
  'redis-sentinel': SENTINELS,
  openssl: ['openssl'],
  chromium: ['chromium', 'chromium-browser', 'google-chrome'],
  python3: ['python3'],
  curl: ['curl'],
} as const satisfies Record<string, readonly string[]>

/** Programs with which only examples for people are tried: no machine must have them. */
const OPTIONAL: ReadonlySet<keyof typeof PROGRAMS> = new Set(['python3', 'curl'])

/**
 * Whether the test called `name` can run: `test.runIf(needs('redis-server', name))(name, …)`. Where it cannot, a line
 * says that it was not run and why.
 * @throws Error in CI (the variable CI is set), where every test must run that can be made to.
 */
export function needs(
  program: keyof typeof PROGRAMS,
  name: string,
  { env = process.env, print = console.log }: { env?: NodeJS.ProcessEnv; print?: (line: string) => void } = {},
): boolean {
  const names = PROGRAMS[program]
  if (findProgram(names, env) !== undefined) return true
  const line = `NOT RUN: ${name} (needs ${names.join(' or ')} on the PATH)`
  if (env.CI && !OPTIONAL.has(program)) throw new Error(`${line}. In CI every test must run.`)
  print(line)
  return false
}
