import type { CatalogReader, Workers } from '@longhaul/store'
import { CodeChanges, type CodeChangesOptions } from './code-changes.ts'

/** With what the store knows of the other workers. */
export const openCodeChanges = ({
  workers,
  catalog,
  ...options
}: Pick<CodeChangesOptions, 'worker' | 'settings' | 'log'> & {
  readonly workers: Workers
  readonly catalog: CatalogReader
}): CodeChanges =>
  new CodeChanges({
    ...options,
    live: () => workers.live(),
    seenAt: (tool, version) => catalog.versionSeenAt(tool, version),
    handOver: (worker, wakeUp) => workers.handOver(worker, wakeUp),
  })
