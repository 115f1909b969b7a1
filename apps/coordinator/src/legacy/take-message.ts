import { isRequestId, type RpcMessage, type RpcNotification } from '@longhaul/protocol'
import { CANCELLED_BY_CLIENT, callOff } from '../call-off.ts'
import type { Deps } from '../deps.ts'
import { takeAnswer } from './take-answer.ts'
import { takeHostedStatus } from './take-hosted.ts'
import type { Viewer } from './viewer.ts'

/** What is not answered: a notification, or a response to one of our questions. @throws Refusal 400 (see takeAnswer) */
export async function takeMessage(
  deps: Deps,
  viewer: Viewer,
  message: Exclude<RpcMessage, { kind: 'request' }>,
): Promise<void> {
  if (message.kind === 'response') await takeAnswer(deps, viewer, message.response)
  else await takeNotification(deps, viewer, message.notification)
}

async function takeNotification(deps: Deps, viewer: Viewer, { method, params }: RpcNotification): Promise<void> {
  if (method === 'notifications/tasks/status') return takeHostedStatus(deps, viewer, params)
  if (method !== 'notifications/cancelled') return
  const { session, principal } = viewer
  const { requestId } = params ?? {}
  if (!isRequestId(requestId)) return
  const left = await deps.sessions.withdraw(session.id, JSON.stringify(requestId))
  if (left !== undefined) await callOff(deps, { principal, taskId: left, reason: CANCELLED_BY_CLIENT })
}
