import type { OpenQuestion } from '@longhaul/engine'
import { type Audience, type Outcome, type Principal, type Settings, type Task, text } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { describeTask } from './describe-task.ts'

export interface PlainCall {
  readonly principal: Principal
  readonly task: Task
  /** Unix ms since when its client waits. */
  readonly since: number
  /** Whether its client can be asked the question while it waits. */
  readonly canBeAsked: (question: OpenQuestion) => boolean
}

/**
 * What a plain call is given instead of its result when its time is up, or when its task asks what its client cannot be
 * asked: how the task stands, and what to do next. Undefined while it should wait on.
 */
export async function handleInstead(deps: Deps, call: PlainCall): Promise<Outcome | undefined> {
  const { engine, settings, catalog } = deps
  const { task, canBeAsked } = call
  if (settings.taskTools === 'hidden' || task.head.serves) return undefined
  const questions = task.status === 'input_required' ? await engine.openQuestions(task) : []
  const asksOthers = questions.some((question) => isForPeople(question) && !canBeAsked(question))
  if (msLeft(call, settings) > 0 && !asksOthers) return undefined
  const { content, structuredContent } = describeTask(task, { questions, budgets: await engine.readStandings(task) })
  const notice = text('This is not finished yet, and goes on as a task.')
  // What a tool with an output schema gives must fit it, unless it is an error; clients check that.
  const hasSchema = (await catalog.find(task.head.tool))?.outputSchema !== undefined
  const rest = hasSchema ? { isError: true } : { structuredContent }
  return { kind: 'result', result: { content: [notice, ...content], ...rest } }
}

/** Milliseconds that a plain call may still wait. */
export function msLeft({ since, task }: Pick<PlainCall, 'since' | 'task'>, settings: Settings): number {
  if (settings.taskTools === 'hidden' || task.head.serves) return Number.POSITIVE_INFINITY
  return Math.max(0, since + mostWaitMs(settings) - Date.now())
}

/** Longest time that a client waits in one call; it may be any. */
export const mostWaitMs = ({ plainCallWaitMs }: Settings): number => plainCallWaitMs || Number.POSITIVE_INFINITY

/** People can be asked through the tools about tasks, whatever a client declares. */
export const withTaskTools = (audience: Audience, { taskTools }: Settings): Audience =>
  taskTools === 'hidden' ? audience : { ...audience, elicitation: true }

const isForPeople = ({ wait }: OpenQuestion): boolean => wait.question.method === 'elicitation/create'
