import type { OpenQuestion } from '@longhaul/engine'
import {
  type BudgetStanding,
  type ContentBlock,
  describeStanding,
  type FinishedTask,
  isTerminal,
  type Json,
  type JsonObject,
  type Question,
  type Task,
  type ToolResult,
  text,
} from '@longhaul/task'

/** What is told of a task beside what is in its record. */
export interface Beside {
  readonly questions: readonly OpenQuestion[]
  readonly budgets: readonly BudgetStanding[]
}

/** How a task stands, in words for a model and as data: what it may do next included. */
export function describeTask(task: Task | FinishedTask, beside: Beside): ToolResult {
  const structuredContent = toData(task, beside)
  if (!('outcome' in task)) return { content: [text(describeLive(task, beside))], structuredContent }
  const { outcome } = task
  const content: ContentBlock[] = [text(`Task ${task.id} (${task.head.tool}) is ${toWord(task)}.`)]
  if (outcome.kind === 'cancelled') content.push(text(outcome.reason))
  if (outcome.kind === 'error') content.push(text(`Error ${outcome.error.code ?? ''}: ${outcome.error.message}`))
  if (outcome.kind === 'result') content.push(text('Its result:'), ...outcome.result.content)
  const isError = outcome.kind === 'error' || (outcome.kind === 'result' && outcome.result.isError)
  return { content, structuredContent, ...(isError && { isError }) }
}

function describeLive(task: Task, { questions, budgets }: Beside): string {
  const { id, head, status, statusMessage, progress, pausedAt } = task
  const lines = [`Task ${id} (${head.tool}) is ${status === 'working' ? 'working' : 'waiting for an answer'}.`]
  if (statusMessage) lines.push(statusMessage)
  if (progress)
    lines.push(`Progress: ${progress.progress}${progress.total === undefined ? '' : ` of ${progress.total}`}.`)
  for (const budget of budgets)
    lines.push(`${budget.of === 'day' ? 'Used today' : 'Used of its budget'}: ${describeStanding(budget)}.`)
  for (const { wait } of questions) {
    const { question, key } = wait
    lines.push(...describeQuestion(question, key))
  }
  const canBeAnswered = questions.some(({ wait }) => wait.question.method === 'elicitation/create')
  if (canBeAnswered) lines.push('Ask the user, then call answer_task with what they say. Do not make up an answer.')
  if (pausedAt !== undefined) lines.push('Call resume_task to let it go on, when the user wants that.')
  else if (!canBeAnswered)
    lines.push('Call wait_for_task to wait for it, or come back later with get_task; it goes on by itself.')
  return lines.join('\n')
}

/** What is asked, as lines. */
export function describeQuestion(question: Question, key: string): readonly string[] {
  switch (question.method) {
    case 'elicitation/create': {
      const what =
        question.mode === 'url'
          ? `Page to open: ${question.url}`
          : `Fields: ${JSON.stringify(question.requestedSchema)}`
      return [`It asks a person, question '${key}': ${question.message}`, what]
    }
    case 'sampling/createMessage':
      return [`It waits for a model of its client, question '${key}'.`]
    case 'roots/list':
      return [`It waits for the roots of its client, question '${key}'.`]
  }
}

function toData(task: Task | FinishedTask, { questions, budgets }: Beside): JsonObject {
  const { id, head, status, statusMessage, progress, updatedAt, pausedAt } = task
  const outcome = 'outcome' in task ? task.outcome : undefined
  const result = outcome?.kind === 'result' ? outcome.result.structuredContent : undefined
  return {
    taskId: id,
    tool: head.tool,
    status: isTerminal(status) ? toWord(task) : status,
    ...(statusMessage && { statusMessage }),
    createdAt: new Date(head.createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    ...(pausedAt !== undefined && { pausedAt: new Date(pausedAt).toISOString() }),
    ...(progress && { progress: { ...progress } }),
    ...(questions.length > 0 && { questions: questions.map(toQuestion) }),
    ...(budgets.length > 0 && { budgets: budgets as unknown as Json }),
    ...(result !== undefined && { result }),
  }
}

/** The same as data. */
export function toQuestion({ wait: { key, question } }: OpenQuestion): JsonObject {
  switch (question.method) {
    case 'sampling/createMessage':
      return { key, for: 'model' }
    case 'roots/list':
      return { key, for: 'client' }
    case 'elicitation/create': {
      const { message } = question
      if (question.mode === 'url') return { key, for: 'person', message, url: question.url }
      return { key, for: 'person', message, fields: question.requestedSchema as JsonObject }
    }
  }
}

/** A result that is an error is a failure to whoever reads it. */
const toWord = ({ status, isError }: Task): string => (status === 'completed' && isError ? 'failed' : status)
