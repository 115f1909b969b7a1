import { isLogged, type LogLevel, type LogMessage, type Unsubscribe } from '@longhaul/task'
import type { Deps } from './deps.ts'

export interface ListenOptions {
  readonly taskId: string
  /** The least that the client wants to hear; undefined where it wants nothing. */
  readonly least: LogLevel | undefined
  readonly tell: (message: LogMessage) => void
}

/** Tells what the models of a task say while they say it, as log messages, where the client wants the least of those. */
export async function listenToModels({ watch }: Deps, { taskId, least, tell }: ListenOptions): Promise<Unsubscribe> {
  const level = 'debug'
  if (least === undefined || !isLogged(level, least)) return async () => {}
  return watch.watchDeltas(taskId, (delta) => tell({ level, logger: 'model', data: delta }))
}
