import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Finding } from './finding.ts'

const READABLE_BY_ALL = 0o004
const SECRET = /KEYS?$|TOKEN|SECRET|PASSWORD/i
/** A password in a URL. */
const HAS_PASSWORD = /:\/\/[^:/@]*:[^/@]+@/

/** Whether the `.env` of the project keeps its secrets. */
export async function checkEnvFile(dir: string): Promise<readonly Finding[]> {
  const path = join(dir, '.env')
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
  // On Windows the mode says nothing of other users.
  if (process.platform === 'win32' || (mode & READABLE_BY_ALL) === 0) return []
  const secrets = Object.entries(parseEnv(readFileSync(path, 'utf8'))).flatMap(([name, value = '']) =>
    value !== '' && (SECRET.test(name) || HAS_PASSWORD.test(value)) ? [name] : [],
  )
  if (secrets.length === 0) return []
  const says = `every user of this machine can read ${path}, which has ${secrets.join(', ')}`
  return [{ about: '.env', verdict: 'warning', says, fix: `chmod 600 ${path}` }]
}
