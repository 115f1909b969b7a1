import { CANCELLED_BY_CLIENT, CLOSED_BY_CLIENT, callOff } from '../../call-off.ts'
import type { Deps } from '../../deps.ts'
import { type Held, requestKey } from './held.ts'
import type { ResumableStream } from './resumable-stream.ts'

/** The client cancelled the request: it gets no answer, and a plain call takes its task along. */
export async function giveUpHeld(deps: Deps, held: Held, stream: ResumableStream): Promise<void> {
  if (held.isRelated) await deps.delivery.leave(held.taskId, stream.id)
  else await callOffHeld(deps, held, CANCELLED_BY_CLIENT)
}

/** The stream broke off. A plain call can still be cancelled, and then nobody here hears of it: so it is noted. */
export async function leaveHeld(deps: Deps, held: Held, stream: ResumableStream): Promise<void> {
  const { delivery, sessions, settings } = deps
  const { viewer, taskId, isRelated } = held
  await delivery.leave(taskId, stream.id)
  if (isRelated) return
  // A coordinator that ends is no client that leaves: that one comes back elsewhere.
  if (settings.onDisconnect === 'cancel' && stream.isLeft) return callOffHeld(deps, held, CLOSED_BY_CLIENT)
  const { id } = viewer.session
  // In this order: of leaving and cancelling, whichever comes second sees the other.
  await sessions.leaveCall(id, requestKey(held), taskId)
  if (await sessions.isWithdrawn(id, requestKey(held))) await callOffHeld(deps, held, CANCELLED_BY_CLIENT)
}

function callOffHeld(deps: Deps, { viewer, taskId }: Held, reason: string): Promise<void> {
  return callOff(deps, { principal: viewer.principal, taskId, reason })
}
