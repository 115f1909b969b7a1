import { legacy, type RpcResponse } from '@longhaul/protocol'
import type { HostedTask } from '@longhaul/store'
import type { Question, Reply, StepFailure } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { Refusal } from '../guards/refusal.ts'
import { giveReply } from './give-reply.ts'
import { loseQuestion } from './lose-question.ts'
import type { Viewer } from './viewer.ts'

/** The client keeps the question in a task of its own: on record before anybody asks about it. */
export async function noteHosted(
  { hosted, sessions }: Deps,
  { session }: Viewer,
  { taskId, key, attempt }: legacy.Showing,
  { id, pollMs }: legacy.ClientTask,
): Promise<void> {
  const isNoted = await hosted.note(session.id, { id, taskId, key, attempt, ...(pollMs && { pollMs }) })
  if (!isNoted)
    throw new Refusal(
      400,
      'This session has too many tasks for questions of ours (LONGHAUL_MAX_HOSTED_TASKS), or too large a one.',
    )
  await sessions.tell(session.id, { type: 'look', taskId })
}

/** What a client answers about its task. Of one that was called off meanwhile nothing is expected. */
export async function takeHostedAnswer(
  deps: Deps,
  viewer: Viewer,
  { kind, isAbout }: legacy.HostedRequest,
  response: RpcResponse,
): Promise<void> {
  const hosted = (await deps.hosted.list(viewer.session.id)).find(({ id }) => isAbout(id))
  if (!hosted || kind === 'cancel') return
  const task = kind === 'get' ? legacy.parseClientTask(response.result) : undefined
  if (task) return takeStatus(deps, viewer, hosted, task)
  // It does not know the task any more, or cannot say what became of it.
  if (kind === 'get' || (kind === 'completed' && response.error)) return lose(deps, viewer, hosted)
  const reply = ({ method }: Question) => toReply(method, response, kind)
  await end(deps, viewer, hosted, reply)
}

/** notifications/tasks/status of a client: what it would say if it were asked now. Nothing rests on it (T47). */
export async function takeHostedStatus(deps: Deps, viewer: Viewer, params: unknown): Promise<void> {
  const task = viewer.hosting && legacy.parseClientTask(params)
  if (!task) return
  const hosted = (await deps.hosted.list(viewer.session.id)).find(({ id }) => id === task.id)
  if (hosted) await takeStatus(deps, viewer, hosted, task)
}

async function takeStatus(
  deps: Deps,
  viewer: Viewer,
  hosted: HostedTask,
  { status, message, pollMs }: legacy.ClientTask,
): Promise<void> {
  if (status === 'cancelled') return end(deps, viewer, hosted, refusal(message ?? 'The client cancelled its task.'))
  const { id } = hosted
  await deps.sessions.tell(viewer.session.id, { type: 'hosted', id, status, ...(pollMs && { pollMs }) })
}

/** Off the record last: where the answer could not be taken, the client has it, and is asked for it once more. */
async function end(
  deps: Deps,
  viewer: Viewer,
  hosted: HostedTask,
  reply: Reply | ((question: Question) => Reply),
): Promise<void> {
  const { id, taskId, key } = hosted
  await deps.hosted.markOver(viewer.session.id, hosted)
  try {
    await giveReply(deps, viewer, { taskId, key, reply })
  } catch (error) {
    if (error instanceof Refusal) await deps.hosted.drop(viewer.session.id, id)
    throw error
  }
  await deps.hosted.drop(viewer.session.id, id)
}

async function lose(deps: Deps, viewer: Viewer, hosted: HostedTask): Promise<void> {
  await loseQuestion(deps, viewer, hosted)
  await deps.hosted.drop(viewer.session.id, hosted.id)
}

/** A task that failed has no answer, though it may have a result. */
function toReply(method: Question['method'], response: RpcResponse, kind: legacy.HostedRequestKind): Reply {
  const reply = legacy.parseReply(method, response)
  return kind === 'failed' && reply.kind !== 'refusal' ? refusal('The task of the client failed.') : reply
}

const refusal = (message: string): Reply & { readonly failure: StepFailure } => ({
  kind: 'refusal',
  failure: { message },
})
