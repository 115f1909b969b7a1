import type { JsonObject } from '@longhaul/task'
import { SERVER_CAPABILITIES } from './capabilities.ts'
import { MODERN_VERSIONS } from './version.ts'

/** Says that a client may log in as itself, without a person (Z12). */
const CLIENT_CREDENTIALS = 'io.modelcontextprotocol/oauth-client-credentials'

/** The body of server/discover: only what requests of this era can use (F1). */
export function toDiscovery({ takesAccessTokens }: { readonly takesAccessTokens: boolean }): JsonObject {
  const { extensions, ...capabilities } = SERVER_CAPABILITIES
  return {
    supportedVersions: [...MODERN_VERSIONS],
    capabilities: {
      ...capabilities,
      extensions: { ...extensions, ...(takesAccessTokens && { [CLIENT_CREDENTIALS]: {} }) },
    },
  }
}
