import { legacy, type RpcRequest } from '@longhaul/protocol'
import type { StreamKind } from '@longhaul/store'
import type { Task } from '@longhaul/task'
import { canAnswer } from '../can-answer.ts'
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
  for (const question of await engine.openQuestions(task)) {
    if (!canAnswer(audience, question)) continue
    const { wait, conversation, asker } = question
    const showing = await delivery.claim(task.id, wait.key, id, kind)
    if (!showing) continue
    const { attempt, refusals } = showing
    const shown = {
      taskId: task.id,
      wait,
      attempt,
      isRelated,
      ...(conversation && { conversation }),
      ...(asker && { asker }),
    }
    send(legacy.toClientRequest(shown, features), wait.key, refusals)
  }
}
