import { compileSchema } from '@longhaul/schema'
import {
  type Answer,
  BUDGET_ANSWER,
  type ElicitAnswer,
  type ElicitQuestion,
  isTaskId,
  type Json,
  LonghaulError,
  type ModelAnswer,
  type OutcomeEntry,
  type Owner,
  ownerKey,
  type Principal,
  type Question,
  type QuestionWait,
  type Raise,
  type Reply,
  type Task,
  type Wait,
} from '@longhaul/task'
import { inspect } from './inspect.ts'
import type { EnginePorts } from './ports.ts'
import { wake } from './wake.ts'

export interface Given {
  readonly taskId: string
  readonly key: string
  /** The reply, or how to read it once the question is known. */
  readonly reply: Reply | ((question: Question) => Reply)
}

/**
 * Gives a reply to an open question; the first one that fits is taken. One that does not fit is counted, and the
 * question is asked again, until after `maxInvalidAnswers` the step fails.
 * @throws LonghaulError `task_not_found`, `question_not_open`, `answer_invalid`, `answer_exhausted`
 */
export async function answer(
  ports: EnginePorts,
  principal: Principal,
  { taskId, key, reply: given }: Given,
): Promise<void> {
  // In one round trip; who may not answer hears nothing of what is asked.
  const [shown, waits] = await Promise.all([
    inspect(ports, principal, taskId, 'tasks:answer'),
    isTaskId(taskId) ? ports.store.readWaits(taskId) : [],
  ])
  const found = await findQuestion(
    ports,
    shown,
    waits.find((open) => open.key === key),
  )
  if (!found) throw notOpen(key)
  const isOwner = ownerKey(principal.owner) === ownerKey(shown.head.owner)
  const asked: Asked = isOwner ? found : { ...found, by: principal.owner }
  const { wait } = asked
  const reply = typeof given === 'function' ? given(wait.question) : given
  if (reply.kind === 'refusal')
    return settle(ports, asked, { ...outcomeOf(asked), type: 'error', error: reply.failure })
  const fault = reply.kind === 'malformed' ? reply.reason : findFault(wait, reply.answer)
  if (fault !== undefined || reply.kind === 'malformed') return refuse(ports, { shown, key, ...asked }, fault ?? '')
  const { question } = wait
  const value = reply.answer as unknown as Json
  const said = question.method === 'sampling/createMessage' ? { said: question.said } : {}
  return settle(ports, asked, { ...outcomeOf(asked), type: 'value', value, ...said })
}

/** A question, with the task that asks it. */
interface Asked {
  readonly task: Task
  readonly wait: QuestionWait
  /** Who answers, where that is not the owner. */
  readonly by?: Owner
}

/** The question that an open wait of a task is: its own, or one that it shows for a task below it. */
async function findQuestion({ store }: EnginePorts, shown: Task, wait: Wait | undefined): Promise<Asked | undefined> {
  if (wait?.wait === 'question') return { task: shown, wait }
  if (wait?.wait !== 'relayed') return undefined
  const { asker, asked } = wait
  const [task, waits] = await Promise.all([store.read(asker), store.readWaits(asker)])
  const own = waits.find((open) => open.key === asked)
  return task && own?.wait === 'question' ? { task, wait: own } : undefined
}

async function settle(ports: EnginePorts, { task, wait }: Asked, entry: OutcomeEntry): Promise<void> {
  if (wait.raises) return settleBudget(ports, wait.raises, entry)
  const { id, head } = task
  const wakeIt = () => wake(ports, id, head)
  // One that still runs is told as a rule, and one that is paused sleeps on.
  const isToBeWoken = task.isSuspended && task.pausedAt === undefined
  const resolved = await ports.store.resolve(id, entry, head.lineage?.ancestors, isToBeWoken ? wakeIt : undefined)
  if (resolved === 'not_open') throw notOpen(entry.key)
  if (resolved === 'wake') await wakeIt()
}

/** Whoever does not accept declines, and whoever cannot answer does, too. */
async function settleBudget({ store, wakeUps }: EnginePorts, raises: Raise, entry: OutcomeEntry): Promise<void> {
  const { action, content } = (entry.type === 'value' ? entry.value : {}) as unknown as Partial<ElicitAnswer>
  const to = action === 'accept' ? Number(content?.[BUDGET_ANSWER]) : Number.NaN
  const decision = Number.isFinite(to) ? ({ kind: 'raise', to } as const) : ({ kind: 'decline' } as const)
  const woken = await store.closeAsk(raises, decision)
  if (!woken) throw notOpen(entry.key)
  if (woken.length > 0) await wakeUps.wake(woken)
}

/** The showing counts refusals: of the task that the answer was given to, under the key that it shows. */
async function refuse(
  ports: EnginePorts,
  { shown, key, ...asked }: Asked & { readonly shown: Task; readonly key: string },
  reason: string,
): Promise<never> {
  const { store, settings } = ports
  const refused = await store.refuseAnswer(shown.id, key, `The answer to '${key}' does not fit: ${reason}`)
  if (refused === 0) throw notOpen(key)
  if (refused < settings.maxInvalidAnswers) {
    throw new LonghaulError('answer_invalid', `The answer does not fit its question: ${reason}. It is asked again.`)
  }
  const message = `${refused} answers did not fit the question; the last: ${reason}`
  await settle(ports, asked, { ...outcomeOf(asked), type: 'error', error: { message } })
  throw new LonghaulError('answer_exhausted', `The answer does not fit its question: ${reason}. It was the last try.`)
}

function findFault(wait: QuestionWait, given: Answer): string | undefined {
  const { question } = wait
  switch (question.method) {
    case 'sampling/createMessage':
      return samplingFault(given as ModelAnswer)
    case 'elicitation/create':
      // Whoever opens a page fills in no form.
      return question.mode === 'url' ? undefined : elicitFault(question, given as ElicitAnswer)
    case 'roots/list':
      return undefined
  }
}

function elicitFault({ requestedSchema }: ElicitQuestion, { action, content }: ElicitAnswer): string | undefined {
  if (action !== 'accept') return undefined
  const faults = compileSchema(requestedSchema)(content ?? {})
  return faults.length > 0 ? faults.join('; ') : undefined
}

function samplingFault({ content, stopReason }: ModelAnswer): string | undefined {
  const calls = content.filter((block) => block.type === 'tool_use')
  if (stopReason === 'toolUse' && calls.length === 0) return 'stopReason is toolUse, but no tool_use block is there'
  const ids = new Set(calls.map((call) => call.id))
  return ids.size < calls.length ? 'two tool_use blocks have the same id' : undefined
}

const outcomeOf = ({ wait: { key, kind, input }, by }: Asked) => ({
  ...{ key, kind, input, at: Date.now() },
  ...(by && { by }),
})

const notOpen = (key: string): LonghaulError =>
  new LonghaulError('question_not_open', `The question '${key}' is not open: it was answered, or its task is over.`)
