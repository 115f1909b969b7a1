import { extractWWWAuthenticateParams, type FetchLike } from '@modelcontextprotocol/client'
import type { AccessTokens, Challenge } from './access-tokens.ts'

/**
 * Sends requests to a server with its access token. What the server says of that token is seen to here, for all kinds of
 * requests alike: one that it does not know is replaced once, one that allows too little is widened once.
 */
export function authorizedFetch(fetch: FetchLike, tokens: AccessTokens): FetchLike {
  return async (url, init) => {
    const send = (token: string | undefined) => {
      const headers = new Headers(init?.headers)
      if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
      return fetch(url, { ...init, headers })
    }
    let token = await tokens.get()
    let response = await send(token)
    for (const kind of ['unknown', 'too_little'] as const) {
      const challenge = challengeOf(response)
      if (challenge?.kind !== kind) continue
      const next = await tokens.replace(token, challenge)
      if (next === undefined) continue
      await response.body?.cancel()
      token = next
      response = await send(token)
    }
    return response
  }
}

function challengeOf(response: Response): Challenge | undefined {
  const { resourceMetadataUrl, scope, error } = extractWWWAuthenticateParams(response)
  const said = { ...(resourceMetadataUrl && { resourceMetadataUrl }), ...(scope !== undefined && { scope }) }
  if (response.status === 401) return { kind: 'unknown', ...said }
  return response.status === 403 && error === 'insufficient_scope' ? { kind: 'too_little', ...said } : undefined
}
