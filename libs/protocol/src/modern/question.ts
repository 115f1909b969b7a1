import type { Conversation, ElicitQuestion, JsonObject, QuestionWait, UrlQuestion } from '@longhaul/task'
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
  switch (method) {
    case 'elicitation/create':
      return { method, params: toElicitation(question) }
    case 'roots/list':
      return { method }
    case 'sampling/createMessage':
      if (!conversation) throw new Error('A sampling question is shown with its conversation.')
      return { method, params: toSamplingParams(conversation) }
  }
}

function toElicitation(question: ElicitQuestion | UrlQuestion): JsonObject {
  const { message } = question
  if (question.mode === 'url') return { mode: 'url', message, url: question.url }
  return { message, requestedSchema: question.requestedSchema as JsonObject }
}
