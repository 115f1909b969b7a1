/** An environment in which settings of whoever runs a program have no effect on the processes that it starts. */
export function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(env).filter((name) => name.startsWith('LONGHAUL_'))
  return Object.fromEntries(names.map((name) => [name, undefined]))
}
