import { legacy, type RpcRequest } from '@longhaul/protocol'
import type { StreamKind } from '@longhaul/store'
import type { Task } from '@longhaul/task'
import type { LegacyDeps } from './deps.ts'

export interface ShowingStream {
  readonly id: string
  readonly kind: StreamKind
  readonly isRelated: boolean
  readonly features: legacy.Features
  readonly send: (request: RpcRequest, key: string) => void
}

/** Shows the open questions of a task that no other stream shows (T29). */
export async function showQuestions(
  { engine, delivery }: LegacyDeps,
  task: Task,
  stream: ShowingStream,
): Promise<void> {
  const { id, kind, isRelated, features, send } = stream
  for (const { wait, conversation } of await engine.openQuestions(task)) {
    const attempt = await delivery.claim(task.id, wait.key, id, kind)
    if (attempt === undefined) continue
    const shown = { taskId: task.id, wait, attempt, isRelated, ...(conversation && { conversation }) }
    send(legacy.toClientRequest(shown, features), wait.key)
  }
}
