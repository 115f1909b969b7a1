import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { ClientCapabilities } from '@modelcontextprotocol/client'
import type { EntryReader } from './entry-reader.ts'
import { membersOf } from './json-source.ts'

/** How this client gets access tokens for a server: as itself, or with a refresh token that somebody got elsewhere. */
export interface OAuthConfig {
  readonly clientId: string
  /** URL of the one authorization server that is asked, whichever the MCP server names. */
  readonly expectedIssuer: string
  /** Scopes to ask for at first, with spaces between them. */
  readonly scope?: string
  /** How the authorization server knows this client. Secret. */
  readonly proof: ClientSecret | ClientKey
  /** Of somebody in whose name the server is called. Secret. */
  readonly refreshToken?: string
}

interface ClientSecret {
  readonly kind: 'secret'
  readonly clientSecret: string
}

interface ClientKey {
  readonly kind: 'key'
  /** PEM. */
  readonly privateKey: string
  /** As JOSE names it; one that the key can do. */
  readonly algorithm: string
}

const KNOWN = ['clientId', 'clientSecret', 'privateKey', 'algorithm', 'refreshToken', 'scope', 'expectedIssuer']
/** By type or curve; the first is the default. */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  rsa: ['RS256', 'PS256', 'RS384', 'PS384', 'RS512', 'PS512'],
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
  ed25519: ['EdDSA'],
}

/** The extension of MCP by which a client says that it may log in as itself. */
const CLIENT_CREDENTIALS = 'io.modelcontextprotocol/oauth-client-credentials'

/** What a server is told of how it is logged in at, if anything. */
export const toExtensions = (oauth: OAuthConfig | undefined): ClientCapabilities['extensions'] =>
  oauth && oauth.refreshToken === undefined ? { [CLIENT_CREDENTIALS]: {} } : undefined

/** What an entry says in `oauth`; absent where it says nothing. A mistake is noted, and costs the server. */
export function readOAuth(entry: EntryReader): { oauth?: OAuthConfig } {
  const members = entry.textMap('oauth')
  if (!members) return {}
  for (const { name, at } of membersOf(entry.at('oauth'))) {
    if (!KNOWN.includes(name))
      entry.warn(at, `"${name}" is not known in "oauth" and is ignored; it takes ${KNOWN.join(', ')}`)
  }
  const fault = (message: string) => entry.fault(entry.at('oauth'), `"oauth" ${message}`)
  const { clientId, expectedIssuer, scope, refreshToken } = members
  if (!clientId) fault('needs a "clientId", by which the authorization server knows this client')
  const proof = readProof(members, fault)
  if (!expectedIssuer) {
    fault('needs an "expectedIssuer", the URL of the authorization server: no other one is shown the secret')
  } else if (!isIssuer(expectedIssuer)) {
    fault('needs an https:// URL as "expectedIssuer", or http:// of this machine')
  }
  if (!clientId || !expectedIssuer || !proof) return {}
  return { oauth: { clientId, expectedIssuer, proof, ...(scope && { scope }), ...(refreshToken && { refreshToken }) } }
}

type Members = Readonly<Record<string, string>>
type Fault = (message: string) => void

function readProof({ clientSecret, privateKey, algorithm }: Members, fault: Fault): OAuthConfig['proof'] | undefined {
  if (clientSecret && privateKey) {
    fault('has both "clientSecret" and "privateKey": keep the one by which the authorization server knows this client')
  } else if (clientSecret) {
    return { kind: 'secret', clientSecret }
  } else if (privateKey) {
    return readKey(privateKey, algorithm, fault)
  } else {
    fault('needs a "clientSecret" or a "privateKey": nobody is here who could log in')
  }
  return undefined
}

function readKey(privateKey: string, wanted: string | undefined, fault: Fault): ClientKey | undefined {
  const key = keyOf(privateKey)
  if (!key) {
    fault('needs a private key in PEM as "privateKey", with its line breaks and without a passphrase')
    return undefined
  }
  const possible = ALGORITHMS[key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? ''] ?? []
  const algorithm = wanted ?? possible[0]
  if (algorithm !== undefined && possible.includes(algorithm)) return { kind: 'key', privateKey, algorithm }
  if (possible.length === 0) fault('has a key as "privateKey" of a type that cannot be used: take RSA, EC or Ed25519')
  else fault(`has an "algorithm" that its key cannot do: it can do ${possible.join(', ')}`)
  return undefined
}

function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])$|\.localhost$/

function isIssuer(text: string): boolean {
  const url = URL.parse(text)
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && LOCAL.test(url.hostname))
}
