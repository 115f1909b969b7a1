/** A worker as it says it is, with every heartbeat. */
export interface LiveWorker {
  readonly id: string
  /** Name of its machine. */
  readonly host: string
  readonly pid: number
  readonly version: string
  readonly queues: readonly string[]
  /** Tasks that it runs at once from each queue. */
  readonly concurrency: number
  readonly running: number
  /** Names of the durable tools that it runs. */
  readonly tools: readonly string[]
  /** Versions of those that have one, by name. */
  readonly versions: { readonly [tool: string]: string }
  /** Writes that came too late, after another worker had taken the task over or it was cancelled; since its start. */
  readonly refusedWrites: number
  /** Unix ms, by its own clock. */
  readonly startedAt: number
  /** Unix ms, by its own clock. */
  readonly beatAt: number
}

/** The words for people in which a task waits that nobody can run. */
export const lacksWorker = (queue: string): string => `Waits for a worker: none serves the queue '${queue}'.`
export const lacksVersion = (tool: string, version: string): string =>
  `Waits for a worker that has version '${version}' of the tool '${tool}'; others have another.`
export const lacksParts = (tool: string, why: string): string =>
  `Waits for a worker that can run '${tool}' as it was when the task was made. ${why}`
export const lacksTool = (tool: string): string => `Waits for a worker that has the tool '${tool}'.`
