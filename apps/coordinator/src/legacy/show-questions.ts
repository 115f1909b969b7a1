import { legacy, type RpcRequest } from '@longhaul/protocol'
import type { StreamKind } from '@longhaul/store'
import type { Audience, Conversation, Question, Task } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import type { Viewer } from './viewer.ts'

export interface ShowingStream {
  readonly id: string
  readonly kind: StreamKind
  readonly isRelated: boolean
  readonly send: (request: RpcRequest, key: string, refusals: number) => void
}

/** Shows the open questions of a task that the viewer can answer and no other stream shows (T29). */
export async function showQuestions(
  { engine, delivery }: Deps,
  task: Task,
  { audience, features }: Viewer,
  { id, kind, isRelated, send }: ShowingStream,
): Promise<void> {
  for (const { wait, conversation } of await engine.openQuestions(task)) {
    if (!canAnswer(audience, wait.question, conversation)) continue
    const showing = await delivery.claim(task.id, wait.key, id, kind)
    if (!showing) continue
    const { attempt, refusals } = showing
    const shown = { taskId: task.id, wait, attempt, isRelated, ...(conversation && { conversation }) }
    send(legacy.toClientRequest(shown, features), wait.key, refusals)
  }
}

/** P1, P21: nothing is asked that the client did not declare. */
function canAnswer(audience: Audience, { method }: Question, conversation: Conversation | undefined): boolean {
  if (method === 'elicitation/create') return audience.elicitation
  return audience.sampling === 'tools' || (audience.sampling === 'plain' && !conversation?.options.tools?.length)
}
