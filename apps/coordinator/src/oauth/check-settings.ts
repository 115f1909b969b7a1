import type { Settings } from '@longhaul/task'
import { isSafeUrl } from './fetch-json.ts'

/** RFC 6749: what may stand in a scope. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** @throws Error that names the setting which cannot be used, and says what to write */
export function checkOAuthSettings({
  oauthIssuers,
  oauthScopes,
  publicUrl,
}: Pick<Settings, 'oauthIssuers' | 'oauthScopes' | 'publicUrl'>): void {
  if (oauthIssuers.length === 0) return
  for (const issuer of oauthIssuers) checkIssuer(issuer)
  if (publicUrl === '') {
    throw new Error('LONGHAUL_OAUTH_ISSUERS needs LONGHAUL_PUBLIC_URL: an access token is made for one address.')
  }
  if (!isSafeUrl(publicUrl)) {
    throw new Error(
      `LONGHAUL_PUBLIC_URL: with LONGHAUL_OAUTH_ISSUERS it has to be an https:// URL, and '${publicUrl}' is none: who sees an access token on its way can use it.`,
    )
  }
  const wrong = oauthScopes.find((scope) => !SCOPE.test(scope))
  if (wrong !== undefined) {
    throw new Error(
      `LONGHAUL_OAUTH_SCOPES: '${wrong}' is no scope; separate scopes by commas, for example mcp,tasks:read.`,
    )
  }
}

/** Keys that come over a line which others can write to are nobody's. */
function checkIssuer(issuer: string): void {
  const { search = '', hash = '' } = URL.parse(issuer) ?? {}
  if (isSafeUrl(issuer) && search === '' && hash === '') return
  throw new Error(
    `LONGHAUL_OAUTH_ISSUERS: '${issuer}' is no https:// URL of an issuer; write it as its tokens do, for example https://login.example.com.`,
  )
}
