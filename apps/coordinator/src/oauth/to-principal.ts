import { type Principal, SCOPES, type Scope } from '@longhaul/task'
import type { JWTPayload } from 'jose'
import { InvalidToken } from './refused-token.ts'

/**
 * Who a verified access token is of. What is about nobody, but a client that acts for itself, is that client's (Z8, Z12).
 * @throws InvalidToken where it does not say who, or of which tenant, or not in text
 */
export function toPrincipal(claims: JWTPayload, { tenantClaim }: { readonly tenantClaim: string }): Principal {
  const issuer = claims.iss ?? ''
  const clientId = textIn(claims, 'client_id') ?? textIn(claims, 'azp')
  const subject = textIn(claims, 'sub') ?? clientId
  if (subject === undefined) throw new InvalidToken('The access token names neither a subject nor a client.')
  const tenant = tenantClaim === '' ? undefined : textIn(claims, tenantClaim)
  // A caller without a tenant would have its scopes over the tasks of all.
  if (tenantClaim !== '' && tenant === undefined) {
    throw new InvalidToken(`The access token names no tenant: it has no claim ${tenantClaim}.`)
  }
  return {
    owner: { issuer, subject, ...(tenant !== undefined && { tenant }) },
    ...(clientId !== undefined && { clientId }),
    scopes: scopesIn(claims).filter(isOurs),
  }
}

/** RFC 9068 has them in `scope`, separated by spaces; some servers have `scp`, or lists. */
export const scopesIn = ({ scope, scp }: JWTPayload): readonly string[] =>
  [scope, scp]
    .flat()
    .flatMap((given) => (typeof given === 'string' ? given.split(' ').filter((one) => one !== '') : []))

const isOurs = (scope: string): scope is Scope => SCOPES.some((known) => known === scope)

/** What is no text is not passed over: all whose subject is a number would be the client that they use. */
function textIn(claims: JWTPayload, name: string): string | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  if (value === undefined || (typeof value === 'string' && value !== '')) return value
  throw new InvalidToken(`The claim ${name} of the access token is no text, or an empty one.`)
}
