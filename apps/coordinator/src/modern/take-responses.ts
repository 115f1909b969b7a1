import { parseAnswer } from '@longhaul/protocol'
import { type JsonObject, LonghaulError, type Question } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import type { Client } from './client.ts'

export interface Responses {
  readonly taskId: string
  /** Keys that count; others are ignored. */
  readonly keys: readonly string[]
  readonly responses: JsonObject
}

/**
 * Gives a client's responses to the questions of a task. What comes too late, or twice, is ignored (U23); a question
 * whose response does not fit stays open and is asked again (P18, U26).
 * @throws LonghaulError `task_not_found`, `store_unavailable`
 */
export async function takeResponses({ engine }: Deps, { principal }: Client, given: Responses): Promise<void> {
  const { taskId, keys, responses } = given
  for (const key of keys.filter((key) => Object.hasOwn(responses, key))) {
    const reply = ({ method }: Question) => parseAnswer(method, responses[key])
    try {
      await engine.answer(principal, { taskId, key, reply })
    } catch (error) {
      if (!(error instanceof LonghaulError) || !LEFT_OPEN_OR_CLOSED.has(error.code)) throw error
    }
  }
}

const LEFT_OPEN_OR_CLOSED: ReadonlySet<string> = new Set(['question_not_open', 'answer_invalid', 'answer_exhausted'])
