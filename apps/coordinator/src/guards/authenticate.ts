import type { Principal } from '@longhaul/task'
import type { OAuth } from '../oauth/oauth.ts'
import { hashKey } from './api-keys.ts'
import { Refusal } from './refusal.ts'

/** The person at this machine; everybody, where nobody is to be told apart: only on loopback. */
export const LOCAL: Principal = { owner: { issuer: 'local', subject: 'local' }, scopes: [] }

/**
 * Who a request comes from.
 * @param path of the endpoint, as clients know it
 * @throws Refusal 401, 403 or 503
 */
export type Authenticate = (authorization: string | undefined, path: string) => Principal | Promise<Principal>

export interface Credentials {
  /** API keys, by their hash. */
  readonly keys: ReadonlyMap<string, Principal>
  /** Where access tokens are taken, too. */
  readonly oauth?: OAuth | undefined
}

export function createAuthenticate({ keys, oauth }: Credentials): Authenticate {
  if (keys.size === 0 && !oauth) return () => LOCAL
  return (authorization, path) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? []
    if (!token) {
      const message = 'Send an API key: Authorization: Bearer KEY.'
      throw oauth?.askForToken(path) ?? new Refusal(401, message, { 'www-authenticate': 'Bearer' })
    }
    const hash = hashKey(token)
    const principal = keys.get(hash) ?? oauth?.principalOf(token, { hash, path })
    if (principal) return principal
    const challenge = 'Bearer error="invalid_token"'
    throw new Refusal(401, 'The API key is not known here.', { 'www-authenticate': challenge })
  }
}
