import type { Settings } from '@longhaul/task'
import { toPublicPath } from '../public-path.ts'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

/** An MCP endpoint as OAuth knows it (RFC 9728): its identifier is the URL that clients use. */
export interface ProtectedResource {
  /** For example `https://mcp.example.com/mcp`. */
  readonly identifier: string
  /** Where clients find what they need to get a token. */
  readonly metadataUrl: string
  readonly metadataPaths: readonly string[]
  readonly metadata: object
}

/** @param path of the endpoint on this server; what the public URL has before it, a proxy may have taken off */
export function toProtectedResource(
  path: string,
  { publicUrl, oauthIssuers, oauthScopes }: Pick<Settings, 'publicUrl' | 'oauthIssuers' | 'oauthScopes'>,
): ProtectedResource {
  const { origin } = new URL(publicUrl)
  const publicPath = toPublicPath(path, { publicUrl })
  const identifier = `${origin}${publicPath}`
  return {
    identifier,
    metadataUrl: `${origin}${WELL_KNOWN}${publicPath}`,
    metadataPaths: [...new Set([`${WELL_KNOWN}${publicPath}`, `${WELL_KNOWN}${path}`])],
    metadata: {
      resource: identifier,
      resource_name: 'Longhaul',
      authorization_servers: oauthIssuers,
      bearer_methods_supported: ['header'],
      ...(oauthScopes.length > 0 && { scopes_supported: oauthScopes }),
    },
  }
}
