import { hash as hashOnce } from 'node:crypto'
import { type Principal, SCOPES, type Scope } from '@longhaul/task'

const HASHED = 'sha256:'
/** Shorter secrets could be guessed. */
const SECRET_CHARACTERS = 16

export const hashKey = (secret: string): string => hashOnce('sha256', secret)

/**
 * Who may call, by the hash of their key. Secrets given in the clear are hashed here and not kept.
 * @param entries `name=sha256:HEX scope scope` or `name=SECRET scope scope`
 * @throws Error that names the entry, never a secret, and says what to write
 */
export function parseApiKeys(entries: readonly string[]): ReadonlyMap<string, Principal> {
  const principals = new Map<string, Principal>()
  for (const [place, entry] of entries.entries()) {
    const [, name = '', key = '', scopes = ''] = /^([\w.@-]+)=(\S+)((?:\s+\S+)*)$/.exec(entry) ?? []
    const fault = (what: string) =>
      new Error(`LONGHAUL_API_KEYS, entry ${place + 1}${name === '' ? '' : ` (${name})`}: ${what}`)
    if (name === '') throw fault('write name=sha256:HEX or name=SECRET, then scopes separated by spaces.')
    const hash = key.startsWith(HASHED) ? key.slice(HASHED.length).toLowerCase() : hashKey(key)
    if (!/^[0-9a-f]{64}$/.test(hash))
      throw fault(`${HASHED} takes the 64 hex digits that 'longhaul key ${name}' prints.`)
    if (!key.startsWith(HASHED) && key.length < SECRET_CHARACTERS) {
      throw fault(`the secret must have at least ${SECRET_CHARACTERS} characters; 'longhaul key ${name}' makes one.`)
    }
    if (principals.has(hash)) throw fault('another entry has the same key; each key is one entry.')
    principals.set(hash, { owner: { issuer: 'api-key', subject: name }, scopes: parseScopes(scopes, fault) })
  }
  return principals
}

function parseScopes(text: string, fault: (what: string) => Error): Scope[] {
  const scopes = text.split(/\s+/).filter((word) => word !== '')
  const unknown = scopes.find((scope) => !SCOPES.some((known) => known === scope))
  if (unknown) throw fault(`there is no scope '${unknown}'; the scopes are ${SCOPES.join(', ')}.`)
  return scopes as Scope[]
}
