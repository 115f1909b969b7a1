import type { OAuthClientProvider, OAuthTokens } from '@modelcontextprotocol/client'

/** Where the browser of a person would hand the code to the client. Nobody listens there. */
const REDIRECT_URI = 'http://127.0.0.1/callback'

export interface Login {
  /** What a client of the SDK keeps and asks of the person. */
  readonly provider: OAuthClientProvider
  /** The code that the authorization server gave, once the client has sent the person there. */
  code(): Promise<string>
  readonly tokens: () => OAuthTokens | undefined
}

/**
 * Somebody with a browser who uses a client of the SDK, which registers itself, or has a metadata document.
 * @param clientMetadataUrl of that document
 */
export function logIn(person: string, clientMetadataUrl?: string): Login {
  const kept: { client?: object; tokens?: OAuthTokens; verifier?: string; discovery?: object } = {}
  let code: Promise<string> | undefined
  const provider = {
    redirectUrl: REDIRECT_URI,
    clientMetadata: {
      client_name: 'scenario',
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    },
    ...(clientMetadataUrl !== undefined && { clientMetadataUrl }),
    clientInformation: () => kept.client,
    saveClientInformation: (client: object) => void Object.assign(kept, { client }),
    tokens: () => kept.tokens,
    saveTokens: (tokens: OAuthTokens) => void Object.assign(kept, { tokens }),
    codeVerifier: () => kept.verifier ?? '',
    saveCodeVerifier: (verifier: string) => void Object.assign(kept, { verifier }),
    discoveryState: () => kept.discovery,
    saveDiscoveryState: (discovery: object) => void Object.assign(kept, { discovery }),
    redirectToAuthorization: (url: URL) => {
      url.searchParams.set('login_hint', person)
      code = browse(url)
    },
  }
  return {
    provider: provider as OAuthClientProvider,
    code: () => code ?? Promise.reject(new Error('The client has sent nobody to log in.')),
    tokens: () => kept.tokens,
  }
}

/** More pages than any login has. */
const MOST_STEPS = 20

/** Goes where it is led, with its cookies, until it is led back to the client. */
async function browse(start: URL): Promise<string> {
  const cookies = new Map<string, string>()
  let url = start
  for (let step = 0; step < MOST_STEPS; step++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`${url} led nowhere: ${response.status} ${await response.text()}`)
    await response.body?.cancel()
    url = new URL(location, url)
    if (`${url.origin}${url.pathname}` === REDIRECT_URI) return url.searchParams.get('code') ?? ''
  }
  throw new Error(`${start} led from one page to the next, at last to ${url}.`)
}
