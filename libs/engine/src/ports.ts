import type { Catalog, OpenTasks, Settings, TaskStore, WakeUps, WorkerRegistry } from '@longhaul/task'

/** All that the verbs stand on. */
export interface EnginePorts {
  readonly store: TaskStore
  readonly wakeUps: WakeUps
  readonly catalog: Catalog
  readonly openTasks: OpenTasks
  /** Who could go on with a task. Absent where whoever looks at one need not hear that nobody could. */
  readonly workers?: WorkerRegistry
  readonly settings: Settings
  /** Told of a wake-up that could not be added: the sweeper will add it. */
  readonly onWakeUpLost: (taskId: string, error: unknown) => void
}
