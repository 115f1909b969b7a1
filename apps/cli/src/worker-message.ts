import type { Problem } from '@longhaul/task'

/** What a worker process tells the process that started it. */
export interface WorkerMessage {
  readonly kind: 'ready'
  readonly tools: readonly string[]
  readonly problems: readonly Problem[]
}
