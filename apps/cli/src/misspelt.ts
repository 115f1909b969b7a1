import { closestName } from '@longhaul/project-files'
import { readConfig } from './commands/config.ts'

export interface Misspelt {
  readonly name: string
  /** The setting that was most likely meant. */
  readonly meant: string
}

/** Variables that a project has for itself may have such names, too, but hardly one letter beside a setting. */
export function findMisspelt(env: NodeJS.ProcessEnv): readonly Misspelt[] {
  const known = readConfig(env).map(({ name }) => name)
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith('LONGHAUL_') || known.includes(name)) return []
    const meant = closestName(name, known)
    return meant === undefined ? [] : [{ name, meant }]
  })
}

/** What a process says at its start: a setting that nobody reads is otherwise seen when it is missed. */
export function warnOfMisspelt(log: { warn(line: string): void }): void {
  for (const { name, meant } of findMisspelt(process.env)) log.warn(`${name} is no setting; did you mean ${meant}?`)
}
