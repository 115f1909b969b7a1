import type { ChildProcess } from 'node:child_process'
import type { Model } from '@longhaul/models'
import type { Middleware, Tool } from '@longhaul/runtime'
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
  /** Beside what the folder has. */
  readonly given?: Given
}

/** Definitions and models that are in no file, such as those of a test. */
export interface Given {
  readonly tools?: readonly Tool[]
  /** Around all else. */
  readonly middleware?: readonly Middleware[]
  /** Texts of agents' files, by their names. */
  readonly agents?: Readonly<Record<string, string>>
  /** The model of a name, `auto` where an agent says nothing; undefined for what the name means otherwise. */
  readonly model?: (name: string) => Model | undefined
}

/** Starts a process, by `fork`, that calls `runTaskAlone` for this task and ends with it. */
export type ForkAlone = (taskId: string) => ChildProcess
