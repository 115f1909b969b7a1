import type { Catalog, OpenTasks, Settings, TaskStore, WakeUps } from '@longhaul/task'

/** All that the verbs stand on. */
export interface EnginePorts {
  readonly store: TaskStore
  readonly wakeUps: WakeUps
  readonly catalog: Catalog
  readonly openTasks: OpenTasks
  readonly settings: Settings
  /** Told of a wake-up that could not be added: the sweeper will add it. */
  readonly onWakeUpLost: (taskId: string, error: unknown) => void
}
