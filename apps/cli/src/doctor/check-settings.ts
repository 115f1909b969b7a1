import { readConfig } from '../commands/config.ts'
import { findMisspelt } from '../misspelt.ts'
import type { Finding } from './finding.ts'

export async function checkSettings(): Promise<readonly Finding[]> {
  const rows = readConfig(process.env)
  const faults = rows.flatMap(({ name, value, fault }): Finding[] =>
    fault === undefined
      ? []
      : [{ about: 'settings', verdict: 'fault', says: `${name}=${value} cannot be used`, fix: `It takes ${fault}.` }],
  )
  const misspelt = findMisspelt(process.env).map(
    ({ name, meant }): Finding => ({
      about: 'settings',
      verdict: 'warning',
      says: `${name} is no setting`,
      fix: `Did you mean ${meant}?`,
    }),
  )
  if (faults.length > 0) return [...faults, ...misspelt]
  const set = rows.filter(({ from }) => from !== 'default').length
  return [{ about: 'settings', verdict: 'ok', says: `${set} are set; longhaul config lists all` }, ...misspelt]
}
