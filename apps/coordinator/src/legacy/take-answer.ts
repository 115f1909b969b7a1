import { legacy, type RequestId, type RpcResponse } from '@longhaul/protocol'
import type { Question } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { giveReply } from './give-reply.ts'
import { loseQuestion } from './lose-question.ts'
import { noteHosted, takeHostedAnswer } from './take-hosted.ts'
import type { Viewer } from './viewer.ts'

/**
 * A response answers one of our questions, whichever stream showed it (T30), or what we asked about a task in which the
 * client keeps one. It may also be such a task (T46).
 * @throws Refusal 400 when it does not fit the question, which is then asked again
 */
export async function takeAnswer(
  deps: Deps,
  viewer: Viewer,
  response: RpcResponse & { readonly id: RequestId },
): Promise<void> {
  const asked = legacy.parseHostedRequestId(response.id)
  if (asked) return takeHostedAnswer(deps, viewer, asked, response)
  const showing = legacy.parseRequestId(response.id)
  if (!showing) return
  const created = viewer.hosting && legacy.parseCreatedTask(response)
  if (created) return noteHosted(deps, viewer, showing, created)
  const { taskId, key } = showing
  const isUnknownTask = legacy.isUnknownTask(response, taskId)
  if (isUnknownTask) await deps.sessions.setKnowsOwnTasksOnly(viewer.session)
  // A client may declare that it hosts tasks, and then not be able to.
  const isUnheard = isUnknownTask || (viewer.hosting && legacy.isInvalidParams(response))
  if (isUnheard && (await loseQuestion(deps, viewer, showing))) return
  const reply = ({ method }: Question) => legacy.parseReply(method, response)
  await giveReply(deps, viewer, { taskId, key, reply })
}
