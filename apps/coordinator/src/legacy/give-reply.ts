import type { Given } from '@longhaul/engine'
import { LonghaulError } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { Refusal } from '../guards/refusal.ts'
import type { Viewer } from './viewer.ts'

/**
 * Gives a client's reply to its question. One that comes too late is ignored.
 * @throws Refusal 400 when it does not fit the question, which is then asked again
 */
export async function giveReply({ engine }: Deps, { principal }: Viewer, given: Given): Promise<void> {
  try {
    await engine.answer(principal, given)
  } catch (error) {
    const code = error instanceof LonghaulError ? error.code : undefined
    if (code === 'task_not_found' || code === 'question_not_open') return
    if (code === 'answer_invalid' || code === 'answer_exhausted') throw new Refusal(400, (error as Error).message)
    throw error
  }
}
