import { closestName } from '@longhaul/project-files'
import { readConfig } from '../commands/config.ts'
import type { Finding } from './finding.ts'

export async function checkSettings(): Promise<readonly Finding[]> {
  const rows = readConfig(process.env)
  const faults = rows.flatMap(({ name, value, fault }): Finding[] =>
    fault === undefined
      ? []
      : [{ about: 'settings', verdict: 'fault', says: `${name}=${value} cannot be used`, fix: `It takes ${fault}.` }],
  )
  const misspelt = findMisspelt(rows.map(({ name }) => name))
  if (faults.length > 0) return [...faults, ...misspelt]
  const set = rows.filter(({ from }) => from !== 'default').length
  return [{ about: 'settings', verdict: 'ok', says: `${set} are set; longhaul config lists all` }, ...misspelt]
}

/** Variables that a project has for itself may have such names, too, but hardly one letter beside a setting. */
const findMisspelt = (known: readonly string[]): readonly Finding[] =>
  Object.keys(process.env).flatMap((name): Finding[] => {
    if (!name.startsWith('LONGHAUL_') || known.includes(name)) return []
    const meant = closestName(name, known)
    if (meant === undefined) return []
    return [{ about: 'settings', verdict: 'warning', says: `${name} is no setting`, fix: `Did you mean ${meant}?` }]
  })
