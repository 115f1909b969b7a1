import { legacy, type RpcNotification } from '@longhaul/protocol'
import type { LogLevel, LogMessage, TaskEvent } from '@longhaul/task'
import type { Viewer } from './viewer.ts'

/** What a tool says on the way that is no progress. */
export type Said = ({ readonly type: 'log' } & LogMessage) | Extract<TaskEvent, { readonly type: 'elicited' }>

export interface Listener {
  readonly viewer: Viewer
  /** The least that the session wants to hear. */
  readonly logLevel: LogLevel
  /** Where the client knows of the task. */
  readonly taskId?: string
}

/** The notification for a session, or undefined where it does not want it. */
export function toSaid(event: Said, { viewer, logLevel, taskId }: Listener): RpcNotification | undefined {
  switch (event.type) {
    case 'log':
      return legacy.toLogNotification(event, logLevel, taskId)
    case 'elicited':
      return viewer.audience.url ? legacy.toElicitationComplete(event) : undefined
  }
}
