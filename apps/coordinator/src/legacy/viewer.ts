import { legacy } from '@longhaul/protocol'
import type { Session } from '@longhaul/store'
import { type Audience, mayAccess, type Principal, type Task } from '@longhaul/task'

/** Who looks through a session: its owner's rights, its revision's features, what its client can answer. */
export interface Viewer {
  readonly session: Session
  readonly principal: Principal
  readonly features: legacy.Features
  readonly audience: Audience
}

export function toViewer(session: Session, principal: Principal): Viewer {
  const features = legacy.featuresOf(session.protocolVersion as legacy.LegacyVersion)
  return { session, principal, features, audience: legacy.toAudience(session.capabilities, features) }
}

/** Whether questions of the task may be shown to the viewer at all; a stream that shows none is in nobody's way. */
export function canBeAsked({ principal, audience }: Viewer, task: Task): boolean {
  const canAnswer = audience.elicitation || audience.sampling !== 'none'
  return canAnswer && mayAccess(principal, task.head.owner, 'tasks:answer')
}
