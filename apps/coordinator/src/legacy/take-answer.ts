import { legacy, type RequestId, type RpcResponse } from '@longhaul/protocol'
import { LonghaulError, type Question } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { Refusal } from '../guards/refusal.ts'
import type { Viewer } from './viewer.ts'

/**
 * A response answers one of our questions, whichever stream showed it (T30). One that comes too late is ignored.
 * @throws Refusal 400 when it does not fit the question, which is then asked again
 */
export async function takeAnswer(
  deps: Deps,
  { principal }: Viewer,
  response: RpcResponse & { readonly id: RequestId },
): Promise<void> {
  const showing = legacy.parseRequestId(response.id)
  if (!showing) return
  const { taskId, key } = showing
  const reply = ({ method }: Question) => legacy.parseReply(method, response)
  try {
    await deps.engine.answer(principal, { taskId, key, reply })
  } catch (error) {
    const code = error instanceof LonghaulError ? error.code : undefined
    if (code === 'task_not_found' || code === 'question_not_open') return
    if (code === 'answer_invalid' || code === 'answer_exhausted') throw new Refusal(400, (error as Error).message)
    throw error
  }
}
