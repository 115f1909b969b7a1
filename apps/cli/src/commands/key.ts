import { randomBytes } from 'node:crypto'
import { hashKey, parseApiKeys } from '@longhaul/coordinator'

/** Prints a new secret and the entry that lets it in. The secret is kept nowhere. @throws Error that says what to write */
export function makeKey(name: string, scopes: readonly string[]): void {
  if (!/^[\w.@-]+$/.test(name)) throw new Error(`The name '${name}' must be made of letters, digits, _ . @ and -.`)
  const secret = `lh_${randomBytes(24).toString('base64url')}`
  const entry = [`${name}=sha256:${hashKey(secret)}`, ...scopes].join(' ')
  parseApiKeys([entry])
  console.log(`For the client, as a bearer token (shown only now):\n  ${secret}`)
  console.log(`\nFor the coordinator, in LONGHAUL_API_KEYS (entries are separated by commas):\n  ${entry}`)
}
