import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

const loaded = new Set<string>()

/** Sets what the `.env` of a project says in this process. What is set already comes first. */
export function loadEnvFile(dir: string): void {
  let text: string
  try {
    text = readFileSync(join(dir, '.env'), 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return
    throw new Error(`${join(dir, '.env')} cannot be read: ${message}`)
  }
  for (const [name, value] of Object.entries(parseEnv(text))) {
    if (value === undefined || process.env[name] !== undefined) continue
    process.env[name] = value
    loaded.add(name)
  }
}

/** Whether a variable has its value from a `.env`. */
export const isFromEnvFile = (name: string): boolean => loaded.has(name)
