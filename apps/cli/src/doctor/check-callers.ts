import type { Settings } from '@longhaul/task'
import type { Finding } from './finding.ts'

type Given = Pick<Settings, 'apiKeys' | 'oauthIssuers' | 'oauthScopes' | 'oauthTimeoutMs' | 'publicUrl'>

/** Whether a coordinator could tell callers apart, by their keys, and by the tokens of authorization servers that answer. */
export async function checkCallers(settings: Given): Promise<readonly Finding[]> {
  const { checkOAuthSettings, parseApiKeys } = await import('@longhaul/coordinator')
  const { apiKeys, oauthIssuers } = settings
  try {
    checkOAuthSettings(settings)
    const known = parseApiKeys(apiKeys).size
    const keys: Finding = { about: 'callers', verdict: 'ok', says: `${known} ${known === 1 ? 'API key' : 'API keys'}` }
    const issuers = await Promise.all(oauthIssuers.map((issuer) => checkIssuer(issuer, settings)))
    return [...(known > 0 ? [keys] : []), ...issuers]
  } catch (error) {
    const fix = 'A coordinator does not start with it.'
    return [{ about: 'callers', verdict: 'fault', says: (error as Error).message, fix }]
  }
}

async function checkIssuer(issuer: string, { oauthTimeoutMs }: Given): Promise<Finding> {
  const { discover } = await import('@longhaul/coordinator')
  try {
    const { metadataUrl } = await discover(issuer, { timeoutMs: oauthTimeoutMs })
    return { about: 'callers', verdict: 'ok', says: `access tokens of ${issuer}, whose keys ${metadataUrl} leads to` }
  } catch (error) {
    const says = `the authorization server ${issuer} cannot be asked for its keys: ${(error as Error).message}`
    const fix = 'Is it written as tokens have it in iss, and does it answer? Until then its tokens are answered 503.'
    return { about: 'callers', verdict: 'fault', says, fix }
  }
}
