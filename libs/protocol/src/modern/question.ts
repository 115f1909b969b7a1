import type { Conversation, JsonObject, QuestionWait } from '@longhaul/task'
import { toSamplingParams } from '../sampling-params.ts'

/** An open question, with the conversation of one for a model. */
export interface Asked {
  readonly wait: QuestionWait
  readonly conversation?: Conversation
}

/** Questions as the map by whose keys they are answered. No key comes twice in the life of a task (U25). */
export const toInputRequests = (asked: readonly Asked[]): JsonObject =>
  Object.fromEntries(asked.map((one) => [one.wait.key, toInputRequest(one)]))

/** Method and params, without the envelope of a request (P14). */
function toInputRequest({ wait: { question }, conversation }: Asked): JsonObject {
  const { method } = question
  if (method === 'elicitation/create') {
    const { message, requestedSchema } = question
    return { method, params: { message, requestedSchema: requestedSchema as JsonObject } }
  }
  if (!conversation) throw new Error('A sampling question is shown with its conversation.')
  return { method, params: toSamplingParams(conversation) }
}
