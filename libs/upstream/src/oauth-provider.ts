import {
  ClientCredentialsProvider,
  type OAuthClientProvider,
  type OAuthTokens,
  PrivateKeyJwtProvider,
} from '@modelcontextprotocol/client'
import type { OAuthConfig } from './oauth-config.ts'

/** The SDK's provider, held to the one authorization server that is configured. It keeps the tokens of this process. */
export function toOAuthProvider(config: OAuthConfig): OAuthClientProvider {
  const { expectedIssuer, refreshToken } = config
  const provider: OAuthClientProvider = proving(config)
  // With this the SDK asks the MCP server for its resource and its scopes, and not whom to trust.
  provider.discoveryState = () => ({ authorizationServerUrl: expectedIssuer })
  return refreshToken === undefined ? provider : refreshing(provider, refreshToken, config.scope)
}

function proving({ clientId, expectedIssuer, proof }: OAuthConfig) {
  if (proof.kind === 'secret')
    return new ClientCredentialsProvider({ clientId, clientSecret: proof.clientSecret, expectedIssuer })
  const { privateKey, algorithm } = proof
  return new PrivateKeyJwtProvider({ clientId, privateKey, algorithm, expectedIssuer })
}

/** Turns the grant into that of a refresh token, or of the newest that has come in its place. */
function refreshing(provider: OAuthClientProvider, first: string, scope: string | undefined): OAuthClientProvider {
  let refreshToken = first
  const save = provider.saveTokens.bind(provider)
  provider.prepareTokenRequest = () =>
    // No scope asks for all that was granted, and a challenge cannot add to that.
    new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken, ...(scope && { scope }) })
  provider.saveTokens = (tokens: OAuthTokens) => {
    refreshToken = tokens.refresh_token ?? refreshToken
    return save(tokens)
  }
  return provider
}
