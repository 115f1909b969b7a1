import { legacy } from '@longhaul/protocol'
import type { Session } from '@longhaul/store'
import { type Audience, type LogLevel, mayAccess, type Principal, type Settings, type Task } from '@longhaul/task'
import { canAnswerAnything } from '../can-answer.ts'

/** Who looks through a session: its owner's rights, its revision's features, what its client can answer. */
export interface Viewer {
  readonly session: Session
  readonly principal: Principal
  readonly features: legacy.Features
  readonly audience: Audience
  /** Where its client may answer questions with tasks of its own. */
  readonly hosting?: legacy.Hosting
}

export function toViewer(session: Session, principal: Principal, { clientTasks }: Settings): Viewer {
  const features = legacy.featuresOf(session.protocolVersion as legacy.LegacyVersion)
  const audience = legacy.toAudience(session.capabilities, features)
  const hosting = clientTasks === 'offered' ? legacy.toHosting(session.capabilities, features) : undefined
  return { session, principal, features, audience, ...(hosting && { hosting }) }
}

/** What a client is told that has not said what it wants. */
const DEFAULT_LOG_LEVEL: LogLevel = 'info'

export const logLevelOf = ({ session }: Viewer): LogLevel => session.logLevel ?? DEFAULT_LOG_LEVEL

/** The token under which the viewer is told of the task's progress: of a call of its own session (T40). */
export function progressTokenFor({ session }: Viewer, { head: { call } }: Task): string | number | undefined {
  return call?.session === session.id ? call.progressToken : undefined
}

/** Whether the viewer knows of the task: one who made it by a plain call knows only of the call. */
export function knowsOf({ session }: Viewer, { head: { call, serves } }: Task): boolean {
  return !serves && (call?.session !== session.id || call.isTask)
}

/** Whether questions of the task may be shown to the viewer at all; a stream that shows none is in nobody's way. */
export function canBeAsked({ principal, audience }: Viewer, task: Task): boolean {
  return canAnswerAnything(audience) && mayAccess(principal, task.head.owner, 'tasks:answer')
}
