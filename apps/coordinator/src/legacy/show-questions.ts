import { legacy, type RpcRequest } from '@longhaul/protocol'
import type { Claimant, Showing } from '@longhaul/store'
import { MAX_TIMER_MS, type QuestionWait, type Task } from '@longhaul/task'
import { canAnswer } from '../can-answer.ts'
import type { Deps } from '../deps.ts'
import type { HostedQuestions } from './hosted-questions.ts'
import type { Viewer } from './viewer.ts'

/** Losses of one question after which a client is asked without being offered to keep it. */
const MOST_LOSSES = 2

export interface ShowingStream extends Claimant {
  readonly isRelated: boolean
  /** Where the client may keep questions in tasks of its own. */
  readonly hosted: HostedQuestions | undefined
  /** `voids`: how often what the client had been shown of the question has become void. */
  readonly send: (request: RpcRequest, key: string, voids: number) => void
}

/**
 * Shows the open questions of a task that the viewer can answer and no other stream shows (T29), or goes on with those
 * that its client keeps in tasks of its own; calls off those that are not open any more.
 */
export async function showQuestions(
  { engine, delivery }: Deps,
  task: Task,
  viewer: Viewer,
  { isRelated, hosted, send, ...claimant }: ShowingStream,
): Promise<void> {
  const open = task.status === 'input_required' ? await engine.openQuestions(task) : []
  const keys = open.map(({ wait }) => wait.key)
  const kept = await hosted?.settle(task.id, keys)
  for (const question of open) {
    if (!canAnswer(viewer.audience, question)) continue
    const { wait, conversation, asker } = question
    const showing = await delivery.claim(task.id, wait.key, claimant)
    if (showing) hosted?.noteShown(task.id, wait.key)
    const hostedTask = kept?.get(wait.key)
    if (hostedTask) {
      if (hosted?.isShown(task.id, wait.key)) hosted.follow(hostedTask)
    } else if (showing) {
      const { attempt, refusals, losses } = showing
      const shown = {
        taskId: task.id,
        wait,
        attempt,
        isRelated,
        ...(conversation && { conversation }),
        ...(asker && { asker }),
        ...hostFor(viewer, wait, showing),
      }
      send(legacy.toClientRequest(shown, viewer.features), wait.key, refusals + losses)
    }
  }
}

/** T45: only where the client has declared it for this very request. */
function hostFor({ hosting }: Viewer, { question, deadline }: QuestionWait, { losses }: Showing) {
  const isOffered = hosting?.methods.has(question.method) && losses < MOST_LOSSES
  // Clients of the SDK forget at once what they should keep for longer.
  return isOffered ? { hostForMs: Math.max(1, Math.min(deadline - Date.now(), MAX_TIMER_MS)) } : {}
}
