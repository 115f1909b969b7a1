import { type BudgetStanding, describeStanding } from '@longhaul/task'
import { describeEvent } from './render-event.ts'
import { renderOutcome } from './render-outcome.ts'
import type { QuestionView, TaskView } from './task-client.ts'

/** How a task stands, for people. */
export function renderTask(task: TaskView): string {
  const { progress, outcome } = task
  const ended = outcome && renderOutcome(outcome)
  const rows = [
    ['task', task.taskId],
    ['tool', task.tool],
    ['status', describeStatus(task)],
    ['made', task.createdAt],
    ['changed', task.updatedAt],
    ...(task.parent ? [['called by', task.parent]] : []),
    ...(task.retriedFrom ? [['retry of', task.retriedFrom]] : []),
    ...(task.deaths ? [['lost', describeDeaths(task.deaths)]] : []),
    ...(task.statusMessage && !ended ? [['message', task.statusMessage]] : []),
    ...(progress && !ended ? [['progress', describeEvent({ type: 'progress', progress, seq: 0, at: 0 })]] : []),
    ...(task.budgets ?? []).map((budget) => [nameBudget(budget, task), describeBudget(budget)]),
    ...(task.questions ?? []).map((question) => ['asks', describeQuestion(question)]),
    ...(ended ? [['result', ended.out ?? ended.err ?? '']] : []),
  ]
  const hints = [
    ...(task.questions?.some((question) => question.for === 'person') ? [`longhaul answer ${task.taskId}`] : []),
    ...(task.pausedAt === undefined ? [] : [`longhaul resume ${task.taskId}`]),
  ]
  return [...rows.map(([name = '', value]) => `${name.padEnd(10)} ${value}`), ...hints].join('\n')
}

/** A result that is an error completes a task. */
export const describeStatus = ({ status, isError }: Pick<TaskView, 'status' | 'isError'>): string =>
  isError ? `${status}, with an error` : status

const describeDeaths = (deaths: number): string =>
  deaths === 1 ? 'a worker, with this task in hand' : `${deaths} workers in a row, with this task in hand`

const nameBudget = (budget: BudgetStanding, { taskId }: TaskView): string =>
  budget.of === 'day' ? 'today' : budget.taskId === taskId ? 'budget' : 'above'

const RAISES = { asked: '; it is asked whether it is raised', declined: '; it is not raised' } as const

const describeBudget = (budget: BudgetStanding): string =>
  describeStanding(budget) + (budget.of === 'tree' && budget.raise ? RAISES[budget.raise] : '')

export function describeQuestion(question: QuestionView): string {
  if (question.for !== 'person') return `${question.key}  (of the ${question.for} that called it)`
  return `${question.key}  ${question.message}${'url' in question ? `  ${question.url}` : ''}`
}
