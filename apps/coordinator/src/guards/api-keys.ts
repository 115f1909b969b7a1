import { createHash } from 'node:crypto'
import { type Principal, SCOPES, type Scope } from '@longhaul/task'

const HASHED = /^sha256:[0-9a-f]{64}$/
/** Shorter secrets could be guessed. */
const SECRET_CHARACTERS = 16

export const hashKey = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/**
 * Who may call, by the hash of their key. Secrets given in the clear are hashed here and not kept.
 * @param entries `name=sha256:HEX scope scope` or `name=SECRET scope scope`
 * @throws Error that names the entry and says what to write
 */
export function parseApiKeys(entries: readonly string[]): ReadonlyMap<string, Principal> {
  const principals = new Map<string, Principal>()
  for (const entry of entries) {
    const [, name = '', key = '', scopes = ''] = /^([\w.@-]+)=(\S+)((?:\s+\S+)*)$/.exec(entry) ?? []
    const shown = `LONGHAUL_API_KEYS, entry '${name || entry.slice(0, 8)}…'`
    if (name === '') throw new Error(`${shown}: write name=sha256:HEX or name=SECRET, then scopes separated by spaces.`)
    if (!HASHED.test(key) && key.length < SECRET_CHARACTERS) {
      throw new Error(
        `${shown}: the secret must have at least ${SECRET_CHARACTERS} characters; 'longhaul key ${name}' makes one.`,
      )
    }
    const hash = HASHED.test(key) ? key.slice('sha256:'.length) : hashKey(key)
    principals.set(hash, { owner: { issuer: 'api-key', subject: name }, scopes: parseScopes(scopes, shown) })
  }
  return principals
}

function parseScopes(text: string, shown: string): Scope[] {
  const scopes = text.split(/\s+/).filter((word) => word !== '')
  const unknown = scopes.find((scope) => !SCOPES.some((known) => known === scope))
  if (unknown) throw new Error(`${shown}: there is no scope '${unknown}'; the scopes are ${SCOPES.join(', ')}.`)
  return scopes as Scope[]
}
