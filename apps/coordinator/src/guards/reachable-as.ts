import type { Settings } from '@longhaul/task'
import { Refusal } from './refusal.ts'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

export const isLoopback = (host: string): boolean =>
  LOOPBACK.has(host) || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)

/** The headers by which a request says how it reached us. */
interface Reach {
  readonly host: string | undefined
  readonly origin: string | undefined
}

/**
 * Lets in requests for names that are ours, from origins that may call (R1: DNS rebinding).
 * Not by the port: a proxy before us has its own.
 * @throws Refusal 403
 */
export type CheckReach = (reach: Reach) => void

/** @throws Error that names the setting which cannot be used, and says what to write */
export function createCheckReach(
  settings: Pick<Settings, 'host' | 'publicUrl' | 'allowedHosts' | 'allowedOrigins'>,
): CheckReach {
  const publicHost = settings.publicUrl === '' ? [] : [parsePublicUrl(settings.publicUrl)]
  const allowedHosts = settings.allowedHosts.map((given) => parseHost('LONGHAUL_ALLOWED_HOSTS', given))
  const hosts = new Set([...LOOPBACK, parseHost('LONGHAUL_HOST', settings.host), ...publicHost, ...allowedHosts])
  const origins = new Set(settings.allowedOrigins.map(parseOrigin))
  /** Headers that were found to be ours, as they came: most requests have the same. */
  const known = new Set<string>()
  const isOurs = (host: string) => {
    const name = nameIn(host)
    if (name === undefined || !hosts.has(name)) return false
    if (known.size < MOST_KNOWN) known.add(host)
    return true
  }
  return ({ host, origin }) => {
    if (host === undefined || !(known.has(host) || isOurs(host))) {
      throw new Refusal(
        403,
        `This server is not known as '${host ?? ''}'. LONGHAUL_PUBLIC_URL or LONGHAUL_ALLOWED_HOSTS can name it.`,
      )
    }
    if (origin === undefined || origins.has(origin)) return
    const from = /^https?:/.test(origin) && URL.canParse(origin) ? new URL(origin).hostname : ''
    if (!LOOPBACK.has(from) && !publicHost.includes(from)) {
      throw new Refusal(403, `Pages of '${origin}' may not call this server. LONGHAUL_ALLOWED_ORIGINS can name them.`)
    }
  }
}

/** They differ in ports and in upper and lower case only, which a client can choose. */
const MOST_KNOWN = 100

/** `name` or `name:port`, and no URL of which it would be a part. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i

const nameIn = (host: string): string | undefined =>
  HOST.test(host) && URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : undefined

function parseHost(setting: string, given: string): string {
  // An IPv6 address is in brackets in URLs and Host headers, and rarely in settings.
  const name = nameIn(given) ?? nameIn(`[${given}]`)
  if (name === undefined) throw new Error(`${setting}: '${given}' is no host name; write for example mcp.example.com.`)
  return name
}

function parseOrigin(given: string): string {
  const { protocol = '', host = '', origin = '' } = URL.parse(given) ?? {}
  if (host === '') {
    throw new Error(`LONGHAUL_ALLOWED_ORIGINS: '${given}' is no origin; write for example https://app.example.com.`)
  }
  // Others, such as those of browser extensions, have no origin of their own in the URL standard.
  return /^https?:$/.test(protocol) ? origin : `${protocol}//${host}`
}

function parsePublicUrl(given: string): string {
  const { protocol = '', hostname = '' } = URL.parse(given) ?? {}
  if (/^https?:$/.test(protocol)) return hostname
  throw new Error(
    `LONGHAUL_PUBLIC_URL: '${given}' is no http:// or https:// address; write for example https://mcp.example.com.`,
  )
}
