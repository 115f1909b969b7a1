import { LonghaulError } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { canBeAsked, type Viewer } from './viewer.ts'

/** Losses of one question after which what a client says is its answer, whatever it says. */
const MOST_LOSSES = 3

/**
 * Has a question shown again that a client does not have any more, or could not take.
 * @returns false where that is of no use: the question is not open, or this has happened too often
 */
export async function loseQuestion(
  { engine, delivery }: Deps,
  viewer: Viewer,
  { taskId, key }: { readonly taskId: string; readonly key: string },
): Promise<boolean> {
  try {
    const task = await engine.inspect(viewer.principal, taskId)
    if (!canBeAsked(viewer, task)) return false
  } catch (error) {
    if (error instanceof LonghaulError && error.code === 'task_not_found') return false
    throw error
  }
  const losses = await delivery.lose(taskId, key)
  return losses > 0 && losses <= MOST_LOSSES
}
