import type { Engine, OpenQuestion } from '@longhaul/engine'
import {
  type ElicitAnswer,
  type FinishedTask,
  isTerminal,
  type JournalEntry,
  type Json,
  type Outcome,
  type Principal,
  type Question,
  type Task,
  type ToolResult,
} from '@longhaul/task'

export interface TestTaskOptions {
  readonly engine: Engine
  readonly principal: Principal
  readonly id: string
  /** Resolves when the task, and all below it, can only wait or are over. @throws Error when they go on for too long */
  readonly settle: () => Promise<void>
}

type PersonQuestion = Extract<Question, { method: 'elicitation/create' }>

/** A task of a test. Each look at it waits until it has come as far as it can by itself. */
export class TestTask {
  readonly id: string
  readonly #options: TestTaskOptions

  constructor(options: TestTaskOptions) {
    this.id = options.id
    this.#options = options
  }

  async status(): Promise<Task['status']> {
    return (await this.#look()).status
  }

  /** What it asks people, in the order of asking. */
  async questions(): Promise<readonly (PersonQuestion & { readonly key: string })[]> {
    return (await this.#open()).flatMap(({ wait: { key, question } }) =>
      question.method === 'elicitation/create' ? [{ key, ...question }] : [],
    )
  }

  /**
   * Answers its question: the fields of a form, or `decline` or `cancel`; `accept` for a page.
   * @param key which, where it asks several
   * @throws Error when there is no such question, or the answer does not fit
   */
  async answer(answer: ElicitAnswer['content'] | ElicitAnswer['action'], key?: string): Promise<void> {
    const open = await this.questions()
    const [question, ...others] = open.filter((one) => key === undefined || one.key === key)
    const list = open.map((one) => `'${one.key}': ${one.message}`).join('; ') || 'nothing'
    if (!question || others.length > 0) throw new Error(`Say which question is answered. The task asks ${list}.`)
    const given: ElicitAnswer =
      typeof answer === 'string' ? { action: answer } : { action: 'accept', ...(answer && { content: answer }) }
    const { engine, principal } = this.#options
    await engine.answer(principal, { taskId: this.id, key: question.key, reply: { kind: 'answer', answer: given } })
  }

  async cancel(reason?: string): Promise<void> {
    await this.#options.engine.cancel(this.#options.principal, this.id, reason)
  }

  /** How it ended. @throws Error when it waits for something, and says what for */
  async outcome(): Promise<Outcome> {
    const task = await this.#look()
    if ('outcome' in task) return task.outcome
    const asked = await this.#open()
    if (asked.length === 0) throw new Error('The task waits for a time to come: skip(ms) lets it come.')
    const list = asked.map(({ wait: { key, question } }) => `'${key}' (${question.method})`).join(', ')
    throw new Error(`The task waits for an answer to ${list}: answer(…) gives one.`)
  }

  /** What its tool gave, which may be an error that a model should see. @throws Error when it failed or was cancelled */
  async result(): Promise<ToolResult> {
    const outcome = await this.outcome()
    if (outcome.kind === 'result') return outcome.result
    throw new Error(outcome.kind === 'error' ? outcome.error.message : `The task was cancelled: ${outcome.reason}`)
  }

  /** Its structured content, else its text. @throws Error when it failed, was cancelled, or gave an error */
  async value(): Promise<Json> {
    const { isError, structuredContent, content } = await this.result()
    const text = content.map((block) => (block.type === 'text' ? `${block.text}` : '')).join('\n')
    if (isError) throw new Error(text)
    return structuredContent ?? text
  }

  /** The steps that it has on record, in their order. */
  async journal(): Promise<readonly JournalEntry[]> {
    return this.#options.engine.readJournal(await this.#look())
  }

  async #look(): Promise<Task | FinishedTask> {
    const { engine, principal, settle } = this.#options
    await settle()
    return engine.inspectOutcome(principal, this.id)
  }

  async #open(): Promise<readonly OpenQuestion[]> {
    const task = await this.#look()
    return isTerminal(task.status) ? [] : this.#options.engine.openQuestions(task)
  }
}
