import type { Settings } from '@longhaul/task'
import { Refusal } from './refusal.ts'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

export const isLoopback = (host: string): boolean =>
  LOOPBACK.has(host) || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)

/** The headers by which a request says how it reached us. */
export interface Reach {
  readonly host: string | undefined
  readonly origin: string | undefined
}

/**
 * Lets in requests for names that are ours, from origins that may call (R1: DNS rebinding).
 * Not by the port: a proxy before us has its own.
 * @throws Refusal 403
 */
export type CheckReach = (reach: Reach) => void

export function createCheckReach(
  settings: Pick<Settings, 'host' | 'publicUrl' | 'allowedHosts' | 'allowedOrigins'>,
): CheckReach {
  const publicHost = settings.publicUrl === '' ? [] : [new URL(settings.publicUrl).hostname]
  const hosts = new Set([...LOOPBACK, settings.host, ...publicHost, ...settings.allowedHosts])
  const origins = new Set(settings.allowedOrigins.map((origin) => new URL(origin).origin))
  return ({ host, origin }) => {
    const name = nameOf(`http://${host}`)
    if (name === undefined || !hosts.has(name)) {
      throw new Refusal(
        403,
        `This server is not known as '${host}'. LONGHAUL_PUBLIC_URL or LONGHAUL_ALLOWED_HOSTS can name it.`,
      )
    }
    if (origin === undefined || origins.has(origin)) return
    const from = nameOf(origin)
    if (from === undefined || !(LOOPBACK.has(from) || publicHost.includes(from))) {
      throw new Refusal(403, `Pages of '${origin}' may not call this server. LONGHAUL_ALLOWED_ORIGINS can name them.`)
    }
  }
}

function nameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined
}
