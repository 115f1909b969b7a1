import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { z } from 'zod'
import { fetchJson, isSafeUrl } from './fetch-json.ts'

/** What an authorization server says of itself (RFC 8414), as far as it is asked here. */
interface Metadata {
  /** Where it says so. */
  readonly url: string
  /** Where its keys are. */
  readonly jwksUri: string
}

/** What it takes to verify the tokens of an issuer. */
export interface Discovered {
  readonly metadataUrl: string
  readonly keyOf: ReturnType<typeof createLocalJWKSet>
}

const METADATA = z.object({ issuer: z.string(), jwks_uri: z.string() })

/** Where the metadata of an issuer may be, the likeliest first: that of OAuth, then that of OpenID Connect. */
function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    ...new Set([
      `${origin}/.well-known/oauth-authorization-server${path}`,
      `${origin}/.well-known/openid-configuration${path}`,
      `${origin}${path}/.well-known/openid-configuration`,
    ]),
  ]
}

/** Asks an issuer for its metadata and keys. @throws Error that says what is wrong, and where */
export async function discover(issuer: string, { timeoutMs }: { readonly timeoutMs: number }): Promise<Discovered> {
  const signal = AbortSignal.timeout(timeoutMs)
  const { url, jwksUri } = await findMetadata(issuer, signal)
  try {
    // What is no set of keys is refused there.
    const keyOf = createLocalJWKSet((await fetchJson(jwksUri, signal)) as JSONWebKeySet)
    return { metadataUrl: url, keyOf }
  } catch (error) {
    throw new Error(`${jwksUri}: ${whyItFailed(error)}`)
  }
}

/** @throws Error that says why there is nothing to go by at any of the places */
async function findMetadata(issuer: string, signal: AbortSignal): Promise<Metadata> {
  const faults: string[] = []
  for (const url of metadataUrls(issuer)) {
    try {
      return { url, jwksUri: readMetadata(issuer, await fetchJson(url, signal)) }
    } catch (error) {
      faults.push(`${url}: ${whyItFailed(error)}`)
    }
  }
  throw new Error(faults.join('; '))
}

/** Where the keys are. */
function readMetadata(issuer: string, given: unknown): string {
  const { success, data } = METADATA.safeParse(given)
  if (!success) throw new Error('it names no issuer and jwks_uri')
  if (data.issuer !== issuer) {
    throw new Error(`its issuer is '${data.issuer}'; write it so in LONGHAUL_OAUTH_ISSUERS if it is meant`)
  }
  if (!isSafeUrl(data.jwks_uri)) throw new Error(`its jwks_uri '${data.jwks_uri}' is no https:// URL`)
  return data.jwks_uri
}

/** In a few words; those of fetch are in its cause. */
const whyItFailed = (error: unknown): string => {
  const { message, cause } = error as Error
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}
