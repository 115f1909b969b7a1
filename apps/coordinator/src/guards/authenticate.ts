import type { Principal } from '@longhaul/task'
import { hashKey } from './api-keys.ts'
import { Refusal } from './refusal.ts'

/** The person at this machine; everybody, where nobody is to be told apart: only on loopback. */
export const LOCAL: Principal = { owner: { issuer: 'local', subject: 'local' }, scopes: [] }

/** Who the request comes from. @throws Refusal 401 */
export type Authenticate = (authorization: string | undefined) => Principal

export function createAuthenticate(keys: ReadonlyMap<string, Principal>): Authenticate {
  if (keys.size === 0) return () => LOCAL
  return (authorization) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? []
    if (!token) throw new Refusal(401, 'Send an API key: Authorization: Bearer KEY.', { 'www-authenticate': 'Bearer' })
    const principal = keys.get(hashKey(token))
    if (principal) return principal
    const challenge = 'Bearer error="invalid_token"'
    throw new Refusal(401, 'The API key is not known here.', { 'www-authenticate': challenge })
  }
}
