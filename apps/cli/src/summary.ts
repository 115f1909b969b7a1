import { VERSION } from '@longhaul/coordinator'
import { formatProblem, type Settings } from '@longhaul/task'
import type { WorkerMessage } from './worker-message.ts'

export interface Started {
  readonly address: string
  readonly dir: string
  readonly settings: Settings
  readonly store: { readonly kind: string; readonly durability: string }
  readonly workers: number
  readonly first: WorkerMessage | undefined
}

/** What a person wants to know after a start: where it is, how to use it, what it found, what it may lose. */
export function summarize({ address, dir, settings, store, workers, first }: Started): string {
  const url = `${settings.publicUrl || address}/mcp`
  const auth = settings.apiKeys.length > 0 ? ' --header "Authorization: Bearer KEY"' : ''
  const rows = [
    ['address', url],
    ['add it', `claude mcp add --transport http longhaul ${url}${auth}`],
    ['callers', settings.apiKeys.length > 0 ? `${settings.apiKeys.length} API keys` : 'everybody on this machine'],
    ['project', dir],
    ['tools', first && first.tools.length > 0 ? first.tools.join(', ') : 'none yet: add tools/*.ts or agents/*.md'],
    ['workers', String(workers)],
    ['store', `${store.kind}. ${store.durability}`],
    ...(first?.problems ?? []).map((problem) => ['problem', formatProblem(problem)]),
  ]
  const lines = rows.map(([name = '', value]) => `  ${name.padEnd(9)} ${value}`)
  return [`Longhaul ${VERSION}`, ...lines, '  Ctrl-C ends it; tasks go on at the next start.'].join('\n')
}
