import { readConfig } from '../commands/config.ts'
import type { Finding } from './finding.ts'

export async function checkSettings(): Promise<readonly Finding[]> {
  const rows = readConfig(process.env)
  const faults = rows.flatMap(({ name, value, fault }): Finding[] =>
    fault === undefined
      ? []
      : [{ about: 'settings', verdict: 'fault', says: `${name}=${value} cannot be used`, fix: `It takes ${fault}.` }],
  )
  if (faults.length > 0) return faults
  const set = rows.filter(({ from }) => from !== 'default').length
  return [{ about: 'settings', verdict: 'ok', says: `${set} are set; longhaul config lists all` }]
}
