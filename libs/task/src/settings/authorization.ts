import { MAX_TIMER_MS } from '../max-timer.ts'
import { integer, list, word } from './setting.ts'

export const AUTHORIZATION = {
  oauthIssuers: list(
    'LONGHAUL_OAUTH_ISSUERS',
    'Authorization servers whose access tokens let callers in: their issuer URLs, comma-separated. Needs LONGHAUL_PUBLIC_URL.',
  ),
  oauthAudiences: list(
    'LONGHAUL_OAUTH_AUDIENCES',
    'Further audiences that access tokens may be for, comma-separated, where an authorization server does not name the URL of the endpoint.',
  ),
  oauthScopes: list(
    'LONGHAUL_OAUTH_SCOPES',
    'Scopes that every access token must have, comma-separated; clients are told to ask for them.',
  ),
  oauthTenantClaim: word(
    'LONGHAUL_OAUTH_TENANT_CLAIM',
    '',
    'Claim of access tokens with the tenant of the caller, for example `org_id`; scopes hold within it. Tokens without it are refused. Empty: there are no tenants.',
  ),
  oauthRecheckMs: integer(
    'LONGHAUL_OAUTH_RECHECK_MS',
    60_000,
    'An access token that was verified is not verified again for this long, nor past its own end.',
  ),
  oauthKeysMaxAgeMs: integer(
    'LONGHAUL_OAUTH_KEYS_MAX_AGE_MS',
    600_000,
    'The keys of an authorization server are fetched anew after this long, and at once for a token whose key is not among them.',
    { most: MAX_TIMER_MS },
  ),
  oauthKeysMinAgeMs: integer(
    'LONGHAUL_OAUTH_KEYS_MIN_AGE_MS',
    10_000,
    'An authorization server is not asked for its keys again within this long, whatever tokens come, and whether or not it answered.',
    { least: 0 },
  ),
  oauthTimeoutMs: integer('LONGHAUL_OAUTH_TIMEOUT_MS', 5_000, 'How long an authorization server may take to answer.', {
    most: MAX_TIMER_MS,
  }),
  oauthClockToleranceMs: integer(
    'LONGHAUL_OAUTH_CLOCK_TOLERANCE_MS',
    5_000,
    'How far the clock of an authorization server may be from that of a coordinator.',
    { least: 0 },
  ),
}
