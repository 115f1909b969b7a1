import type { JsonObject } from '@longhaul/task'
import { Random } from './random.ts'
import { playTurn, type SamplingParams } from './script.ts'
import { isApprovalKey } from './steps.ts'
import type { WireMessage } from './wire.ts'

/** What the client said to one showing of a question. */
export interface AnswerSeen {
  readonly taskId: string
  /** Key of the question in the task's journal. */
  readonly key: string
  readonly at: number
  readonly answer: JsonObject
}

export interface Question {
  readonly taskId: string
  readonly key: string
  readonly label: string
  readonly message: WireMessage
}

/**
 * The task and the key of a question, whose JSON-RPC id is `<taskId>.<key>.<showing>`: of the task that asks, where that
 * is one below the one that was submitted.
 */
export function parseQuestionId(id: string | number): { readonly taskId: string; readonly key: string } {
  const [taskId = '', ...rest] = String(id).split('.')
  return splitRelayed(taskId, rest.slice(0, -1).join('.'))
}

/** The task that asks and its key there, of a key under which the task shows a question. */
export function splitRelayed(taskId: string, key: string): { readonly taskId: string; readonly key: string } {
  const [, asker, own] = /^([0-9a-f]{2}[\w-]{22})\/(.+)$/s.exec(key) ?? []
  return asker && own ? { taskId: asker, key: own } : { taskId, key }
}

/** Whether the step may be made again, as the seed has it. */
const isRepeatAllowed = (seed: string, label: string, key: string): boolean =>
  new Random(`${seed}/doubt/${label}/${key}`).chance(0.75)

/** Whether a call of an agent is approved. */
const isApproved = (seed: string, label: string, key: string): boolean =>
  new Random(`${seed}/approval/${label}/${key}`).chance(0.6)

/** The answer of the people and the models of a run; the same each time that a question is shown. */
export function answerTo(seed: string, { key, label, message }: Question): JsonObject {
  if (message.method === 'sampling/createMessage') return playTurn(message.params as unknown as SamplingParams)
  if (isApprovalKey(key))
    return { action: 'accept', content: { decision: isApproved(seed, label, key) ? 'approve' : 'deny' } }
  const { requestedSchema } = message.params as { readonly requestedSchema: { readonly properties: object } }
  if ('decision' in requestedSchema.properties) {
    return { action: 'accept', content: { decision: isRepeatAllowed(seed, label, key) ? 'repeat' : 'fail' } }
  }
  const random = new Random(`${seed}/word/${label}/${key}`)
  return random.chance(0.1)
    ? { action: 'decline' }
    : { action: 'accept', content: { word: `word-${random.int(1, 1e6)}` } }
}
