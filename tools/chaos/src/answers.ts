import type { JsonObject } from '@longhaul/task'
import { KEEP_KEY } from './bookings.ts'
import { Random } from './random.ts'
import { playTurn, type SamplingParams } from './script.ts'
import { isApprovalKey, isBudgetKey, isCodeKey } from './steps.ts'
import type { WireMessage } from './wire.ts'

type Properties = Readonly<Record<string, { readonly default?: number }>>

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

/** Whether a call of an agent, or what a workflow did, is approved. */
const isApproved = (seed: string, label: string, key: string): boolean =>
  new Random(`${seed}/approval/${label}/${key}`).chance(0.6)

/** Whether a task goes on with code that has changed. */
const isGoingOn = (seed: string, label: string): boolean => new Random(`${seed}/code/${label}`).chance(0.5)

/** The answer of the people and the models of a run; the same each time that a question is shown. */
export function answerTo(seed: string, { key, label, message }: Question): JsonObject {
  if (message.method === 'sampling/createMessage') return playTurn(message.params as unknown as SamplingParams)
  // Nobody but its question knows the label of a workflow.
  const asker = key === KEEP_KEY ? String(message.params?.message) : label
  if (isApprovalKey(key) || key === KEEP_KEY)
    return { action: 'accept', content: { decision: isApproved(seed, asker, key) ? 'approve' : 'deny' } }
  const { requestedSchema } = message.params as { readonly requestedSchema: { readonly properties: Properties } }
  if (isCodeKey(key)) return { action: 'accept', content: { decision: isGoingOn(seed, label) ? 'continue' : 'end' } }
  if (isBudgetKey(key)) return { action: 'accept', content: { limit: requestedSchema.properties.limit?.default ?? 0 } }
  if ('decision' in requestedSchema.properties) {
    return { action: 'accept', content: { decision: isRepeatAllowed(seed, label, key) ? 'repeat' : 'fail' } }
  }
  const random = new Random(`${seed}/word/${label}/${key}`)
  return random.chance(0.1)
    ? { action: 'decline' }
    : { action: 'accept', content: { word: `word-${random.int(1, 1e6)}` } }
}
