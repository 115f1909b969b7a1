import type { CatalogEntry } from '../catalog.ts'
import type { TaskEvent } from '../event.ts'

/** What every process hears about a task without asking. Never the only way to learn a thing: messages may be lost. */
export interface TaskWatch {
  /** Calls `listener` for each event from now on. Resolves when the subscription is in force. */
  watch(taskId: string, listener: (event: TaskEvent | Nudge) => void): Promise<Unsubscribe>
}

/** Nothing happened to the task, but something about it is worth another look. */
export interface Nudge {
  readonly type: 'look'
}

export type Unsubscribe = () => Promise<void>

/** What the workers can run, as this process last heard. */
export interface Catalog {
  /** By name, in order. No round trip as a rule. */
  entries(): Promise<readonly CatalogEntry[]>
  find(name: string): Promise<CatalogEntry | undefined>
}

/** How many tasks are open in all, as this process last heard. */
export interface OpenTasks {
  total(): number
}
