import { z } from 'zod'

/** What an authorization server says of itself (RFC 8414), as far as it is asked here. */
export interface AuthorizationServerMetadata {
  /** Where it says so. */
  readonly url: string
  /** Where its keys are. */
  readonly jwksUri: string
}

const METADATA = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) })

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

/** @throws Error that says why there is nothing to go by at any of the places */
export async function discover(issuer: string, { timeoutMs }: { readonly timeoutMs: number }) {
  const signal = AbortSignal.timeout(timeoutMs)
  const faults: string[] = []
  for (const url of metadataUrls(issuer)) {
    const read = await readMetadata(url, { issuer, signal }).catch((error: unknown) => ({ fault: whyItFailed(error) }))
    if ('jwksUri' in read) return read
    faults.push(`${url}: ${read.fault}`)
  }
  throw new Error(faults.join('; '))
}

async function readMetadata(
  url: string,
  { issuer, signal }: { readonly issuer: string; readonly signal: AbortSignal },
): Promise<AuthorizationServerMetadata> {
  const response = await fetch(url, { signal, headers: { accept: 'application/json' } })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`status ${response.status}`)
  }
  const metadata = METADATA.safeParse(await response.json())
  if (!metadata.success) throw new Error('it names no issuer and jwks_uri')
  if (metadata.data.issuer !== issuer) {
    throw new Error(`its issuer is '${metadata.data.issuer}'; write it so in LONGHAUL_OAUTH_ISSUERS if it is meant`)
  }
  return { url, jwksUri: metadata.data.jwks_uri }
}

/** In a few words; those of fetch are in its cause. */
export const whyItFailed = (error: unknown): string => {
  const { message, cause } = error as Error
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}
