import type { Calls, TreeTask } from './calls.ts'
import type { Terminal } from './terminal.ts'

/** A folder of examples/, and what must come of it without a network or a key. */
export interface Example {
  /** Name of the folder. */
  readonly name: string
  /** Does what its README says. @throws Error when something else comes of it */
  play(stage: Stage): Promise<void>
}

/** An installation that runs a copy of the folder. */
export interface Stage {
  readonly terminal: Terminal
  /** Names of the files in a folder of the copy; none where there is no such folder. */
  files(folder: string): readonly string[]
  /** Text of a file of the copy. */
  read(path: string): string
  /** A task, and all below it. */
  tree(taskId: string): Promise<readonly TreeTask[]>
  /** What models asked for in a task and all below it, and how often they were asked. */
  calls(taskId: string): Promise<Calls>
}
