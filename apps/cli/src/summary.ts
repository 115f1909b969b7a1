import { describeDurability, formatProblem, knowsCallers, type Settings } from '@longhaul/task'
import { VERSION } from './version.ts'
import type { ReadyMessage } from './worker-message.ts'

export interface Started {
  readonly address: string
  readonly dir: string
  readonly settings: Pick<Settings, 'publicUrl' | 'apiKeys' | 'oauthIssuers' | 'httpApi' | 'durability' | 'replicas'>
  readonly store: { readonly kind: string; readonly durability: string }
  /** What each worker said; all have the same project. */
  readonly ready: readonly ReadyMessage[]
  /** Whether it is there for `longhaul stdio` alone, and for as long as somebody uses that. */
  readonly whileUsed: boolean
}

/** What a person wants to know after a start: where it is, how to use it, what it found, what it may lose. */
export function summarize({ address, dir, settings, store, ready, whileUsed }: Started): string {
  const { publicUrl, apiKeys, oauthIssuers, httpApi } = settings
  const base = (publicUrl || address).replace(/\/$/, '')
  const url = `${base}/mcp`
  // A client that may get a token asks for one by itself.
  const auth = apiKeys.length > 0 && oauthIssuers.length === 0 ? ' --header "Authorization: Bearer KEY"' : ''
  const [first] = ready
  const rows = [
    ['address', url],
    ...(whileUsed ? [] : [['add it', `claude mcp add --transport http longhaul ${url}${auth}`]]),
    ...(whileUsed || httpApi === 'off' ? [] : [['HTTP API', `${base}/v1`]]),
    ['callers', whileUsed && !knowsCallers(settings) ? 'processes of longhaul stdio' : describeCallers(settings)],
    ['project', dir],
    ['tools', first ? first.tools.join(', ') || 'none yet: add tools/*.ts or agents/*.md' : 'those of other workers'],
    ['workers', String(ready.length)],
    ['store', `${store.kind}. ${store.durability}`],
    ['keeps', describeDurability(settings)],
    ...(first?.problems ?? []).map((problem) => ['problem', formatProblem(problem)]),
  ]
  const lines = rows.map(([name = '', value]) => `  ${name.padEnd(9)} ${value}`)
  const end = whileUsed ? 'It ends when nobody uses it any more' : 'Ctrl-C ends it'
  return [`Longhaul ${VERSION}`, ...lines, `  ${end}; tasks go on at the next start.`].join('\n')
}

function describeCallers(settings: Started['settings']): string {
  const { publicUrl, apiKeys, oauthIssuers } = settings
  if (knowsCallers(settings)) {
    const keys = apiKeys.length === 1 ? '1 API key' : `${apiKeys.length} API keys`
    const tokens = `access tokens of ${oauthIssuers.join(' and ')}`
    return [...(apiKeys.length > 0 ? [keys] : []), ...(oauthIssuers.length > 0 ? [tokens] : [])].join(', and ')
  }
  return publicUrl === '' ? 'everybody on this machine' : `everybody on this machine, and whoever reaches ${publicUrl}`
}
