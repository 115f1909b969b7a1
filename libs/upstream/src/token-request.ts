import { type AuthOptions, auth, OAuthError, OAuthErrorCode, parseErrorResponse } from '@modelcontextprotocol/client'
import { AuthorizationError } from './authorization-error.ts'
import { networkCode } from './network-code.ts'

/** Longest wait for an access token, discovery included: calls wait for it, and nothing about it takes long. */
const TOKEN_TIMEOUT_MS = 10_000
/** Longest text of an authorization server that is passed on. */
const MAX_WORDS = 300
const TOO_MANY_REQUESTS = 429

/**
 * One access token by the SDK: discovery, the resource, the grant of the provider, which keeps the token.
 * @throws AuthorizationError; its message may have secrets in it, if the authorization server repeats them
 */
export async function requestToken(
  provider: Parameters<typeof auth>[0],
  options: Pick<AuthOptions, 'serverUrl' | 'scope' | 'resourceMetadataUrl'>,
): Promise<void> {
  const signal = AbortSignal.timeout(TOKEN_TIMEOUT_MS)
  let failed: unknown
  const fetchFn = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    // The SDK goes on without the metadata that it could not get, and would then say that something else is wrong.
    if (failed !== undefined) throw failed
    try {
      const response = await fetch(url, { ...init, signal })
      const isRefused = response.status >= 400 && init?.method === 'POST'
      if (isRefused || isAway(response.status)) throw await refusalOf(response, new URL(url).origin)
      return response
    } catch (error) {
      failed = error
      throw error
    }
  }
  try {
    await auth(provider, { ...options, fetchFn })
  } catch (error) {
    throw toAuthorizationError(failed ?? error)
  }
}

const isAway = (status: number): boolean => status === TOO_MANY_REQUESTS || status >= 500

async function refusalOf(response: Response, origin: string): Promise<AuthorizationError> {
  const { status } = response
  if (isAway(status)) {
    await response.body?.cancel()
    return new AuthorizationError(`${origin} answers HTTP ${status}`, { isForNow: true })
  }
  return toAuthorizationError(await parseErrorResponse(response), `${origin} answers HTTP ${status}`)
}

function toAuthorizationError(error: unknown, otherwise?: string): AuthorizationError {
  if (error instanceof AuthorizationError) return error
  if (error instanceof OAuthError) {
    // Under this code the SDK hands on whatever the answer was that is no error of OAuth.
    const isOther = error.code === OAuthErrorCode.ServerError
    const said = isOther ? (otherwise ?? error.code) : `the authorization server says ${error.code}, ${error.message}`
    return new AuthorizationError(said.slice(0, MAX_WORDS), { isForNow: FOR_NOW.includes(error.code) })
  }
  const code = networkCode(error)
  if (code !== undefined) return new AuthorizationError(`the network says ${code}`, { isForNow: true })
  const { name, message, cause } = error instanceof Error ? error : new Error(String(error))
  if (name === 'TimeoutError') {
    return new AuthorizationError(`there was none within ${TOKEN_TIMEOUT_MS} ms`, { isForNow: true })
  }
  // Of a `fetch` that failed for another reason than the network, as with a certificate, only the cause says it.
  const said = cause instanceof Error ? cause.message : message
  return new AuthorizationError(said.slice(0, MAX_WORDS), { isForNow: false })
}

const FOR_NOW: readonly string[] = [OAuthErrorCode.TemporarilyUnavailable, OAuthErrorCode.TooManyRequests]
