import type { Problem } from '@longhaul/task'

/** What a worker process tells the process that started it. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly tools: readonly string[]; readonly problems: readonly Problem[] }
  /** Code of the project has changed, which only another process can run. */
  | { readonly kind: 'outdated' }

export type ReadyMessage = Extract<WorkerMessage, { kind: 'ready' }>
