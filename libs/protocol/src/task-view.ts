import {
  type BudgetStanding,
  type FinishedTask,
  type JsonSchema,
  type Outcome,
  type Owner,
  type Progress,
  parentOf,
  type Question,
  type QuestionWait,
  type Task,
  type TaskStatus,
} from '@longhaul/task'

/** A task as Longhaul's own methods tell it: also what MCP has no word for. */
export interface TaskView {
  readonly taskId: string
  readonly tool: string
  readonly status: TaskStatus
  /** Only on a completed task: its result is an error. */
  readonly isError?: true
  readonly statusMessage?: string
  readonly owner: Owner
  /** ISO 8601, as all times here. */
  readonly createdAt: string
  readonly updatedAt: string
  /** Absent where it is not paused. */
  readonly pausedAt?: string
  readonly progress?: Progress
  /** Workers in a row that were lost with it; absent where none was. */
  readonly deaths?: number
  readonly retriedFrom?: string
  /** The task that called it, and the step of that one that waits for it. */
  readonly parent?: string
  readonly step?: string
  /** Absent while it lives, and in lists. */
  readonly outcome?: Outcome
  /** What is open, in the order in which it was asked. */
  readonly questions?: readonly QuestionView[]
  /** How the budgets stand that it is under, that of its owner's day last; absent where there is none, and in lists. */
  readonly budgets?: readonly BudgetStanding[]
}

/** An open question. Only those for people can be answered by these methods. */
export type QuestionView = {
  readonly key: string
  /** Absent where it stays open as long as anybody waits for the answer. */
  readonly deadline?: string
} & (
  | { readonly for: 'person'; readonly message: string; readonly fields: JsonSchema }
  | { readonly for: 'person'; readonly message: string; readonly url: string }
  | { readonly for: 'model' | 'client' }
)

/** What a look at a task is shown beside what it reads with the record. */
interface Beside {
  readonly questions?: readonly QuestionWait[]
  readonly budgets?: readonly BudgetStanding[]
}

export function toTaskView(task: Task | FinishedTask, { questions = [], budgets = [] }: Beside = {}): TaskView {
  const { id, head, status, isError, statusMessage, updatedAt, pausedAt, progress, deaths } = task
  const parent = parentOf(task)
  return {
    taskId: id,
    tool: head.tool,
    status,
    ...(isError && { isError }),
    ...(statusMessage && { statusMessage }),
    owner: head.owner,
    createdAt: new Date(head.createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    ...(pausedAt !== undefined && { pausedAt: new Date(pausedAt).toISOString() }),
    ...(progress && { progress }),
    ...(deaths !== undefined && { deaths }),
    ...(head.retriedFrom && { retriedFrom: head.retriedFrom }),
    ...(parent !== undefined && { parent }),
    ...(head.lineage && { step: head.lineage.step.key }),
    ...('outcome' in task && { outcome: task.outcome }),
    ...(questions.length > 0 && { questions: questions.map(toQuestionView) }),
    ...(budgets.length > 0 && { budgets }),
  }
}

/** The last time that has a date, Unix ms. */
const LAST_DATE = 8.64e15

function toQuestionView({ key, deadline, question }: QuestionWait): QuestionView {
  return { key, ...(deadline <= LAST_DATE && { deadline: new Date(deadline).toISOString() }), ...describe(question) }
}

function describe(question: Question) {
  switch (question.method) {
    case 'sampling/createMessage':
      return { for: 'model' } as const
    case 'roots/list':
      return { for: 'client' } as const
    case 'elicitation/create': {
      const { message } = question
      return question.mode === 'url'
        ? ({ for: 'person', message, url: question.url } as const)
        : ({ for: 'person', message, fields: question.requestedSchema } as const)
    }
  }
}
