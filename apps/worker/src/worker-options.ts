import type { ChildProcess } from 'node:child_process'
import type { Settings } from '@longhaul/task'
import type { Logger } from 'pino'

export interface WorkerOptions {
  readonly url: string
  readonly settings: Settings
  /** The user's project folder. */
  readonly dir: string
  readonly env: NodeJS.ProcessEnv
  readonly version: string
  readonly log: Logger
}

/** Starts a process, by `fork`, that calls `runTaskAlone` for this task and ends with it. */
export type ForkAlone = (taskId: string) => ChildProcess
