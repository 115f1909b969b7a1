import { EventEmitter, once } from 'node:events'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  CallToolResultSchema,
  type CreateMessageRequest,
  CreateMessageRequestSchema,
  type CreateMessageResultWithTools,
  type ElicitRequest,
  ElicitRequestSchema,
  type ElicitResult,
} from '@modelcontextprotocol/sdk/types.js'
import type { ProgressSeen, QuestionSeen, TaskSeen, TurnSeen } from './observed.ts'
import { decide, newResults } from './policy.ts'
import type { Timeline } from './timeline.ts'

const RELATED_TASK = 'io.modelcontextprotocol/related-task'
/** Time that tasks ask to be kept; the demo is over long before. */
const TTL_MS = 10 * 60_000

export interface TaskRun {
  /** Known as soon as the task exists. */
  readonly id: Promise<string>
  readonly ended: Promise<TaskSeen>
  /** Waits for something that has to happen while the task runs. @throws Error when the task ends before */
  during<T>(event: Promise<T>): Promise<T>
}

/** An MCP client as any is made with the official SDK: it lends its model, and a person answers its questions. */
export class DemoClient {
  readonly turns: TurnSeen[] = []
  readonly questions: QuestionSeen[] = []
  readonly progress: ProgressSeen[] = []
  readonly #client = new Client(
    { name: 'longhaul-demo', version: '1.0.0' },
    { capabilities: { sampling: { tools: {} }, elicitation: { form: {} } } },
  )
  readonly #news = new EventEmitter()
  readonly #timeline: Timeline
  readonly #address: string

  /** @param address what the person answers when asked where to publish */
  constructor(timeline: Timeline, address: string) {
    this.#timeline = timeline
    this.#address = address
    this.#client.setRequestHandler(CreateMessageRequestSchema, (request) => this.#sample(request))
    this.#client.setRequestHandler(ElicitRequestSchema, (request) => this.#answer(request))
  }

  async connect(url: URL): Promise<void> {
    await this.#client.connect(new StreamableHTTPClientTransport(url))
    const { tools } = await this.#client.listTools()
    this.#timeline.tell('client', `connected; it is offered ${tools.map(({ name }) => name).join(', ')}`)
  }

  /** Calls a tool as a task, and follows it to its end. */
  run(label: string, tool: string, args: Record<string, unknown>): TaskRun {
    const id = Promise.withResolvers<string>()
    const ended = this.#follow(label, tool, args, id.resolve)
    ended.catch(id.reject)
    id.promise.catch(() => {})
    const tooSoon = ended.then(({ status, text }): never => {
      throw new Error(`the task is over too soon, ${status}: ${text}`)
    })
    tooSoon.catch(() => {})
    return { id: id.promise, ended, during: (event) => Promise.race([event, tooSoon]) }
  }

  /** Resolves when the task has told how far it is. */
  async toldProgress(taskId: string): Promise<void> {
    while (!this.progress.some((told) => told.taskId === taskId)) await once(this.#news, 'progress')
  }

  async cancel(taskId: string): Promise<void> {
    await this.#client.experimental.tasks.cancelTask(taskId)
  }

  async statuses(): Promise<readonly string[]> {
    const { tasks } = await this.#client.experimental.tasks.listTasks()
    return tasks.map(({ status }) => status)
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  async #follow(
    label: string,
    tool: string,
    args: Record<string, unknown>,
    onId: (id: string) => void,
  ): Promise<TaskSeen> {
    let task: TaskSeen = { id: '', status: 'unknown' }
    const stream = this.#client.experimental.tasks.callToolStream(
      { name: tool, arguments: args },
      CallToolResultSchema,
      {
        task: { ttl: TTL_MS },
        onprogress: ({ progress, total, message }) => {
          this.progress.push({ taskId: task.id, progress, ...(total && { total }), ...(message && { message }) })
          this.#news.emit('progress')
          this.#timeline.tell(
            label,
            `progress ${Number(progress.toFixed(2))}${total ? ` of ${total}` : ''}: ${message}`,
          )
        },
      },
    )
    for await (const message of stream) {
      if (message.type === 'taskCreated') {
        task = { id: message.task.taskId, status: message.task.status }
        this.#timeline.tell(label, `is a task: ${task.id}, ${task.status}`)
        onId(task.id)
      } else if (message.type === 'result') {
        const text = message.result.content.map((block) => (block.type === 'text' ? block.text : '')).join('')
        task = { ...task, text }
      } else if (message.type === 'error' && task.id === '') throw message.error
    }
    const { status } = await this.#client.experimental.tasks.getTask(task.id)
    this.#timeline.tell(label, `is ${status}${task.text ? `: ${task.text}` : ''}`)
    return { ...task, status }
  }

  async #sample({ params }: CreateMessageRequest): Promise<CreateMessageResultWithTools> {
    const { text, calls } = decide(params)
    const turn = this.turns.push({
      messages: params.messages.length,
      tools: (params.tools ?? []).map(({ name }) => name),
      results: newResults(params.messages).map((result) => result.text),
      calls: calls.map(({ name }) => name),
      text,
    })
    const names = calls.map(({ name, input }) => `${name}(${input.path ?? input.title})`)
    this.#timeline.tell(
      'model',
      `turn ${turn} (messages: ${params.messages.length}): ${names.length > 0 ? `calls ${names.join(' and ')}` : 'answers'}`,
    )
    const uses = calls.map(({ name, input }, index) => ({ type: 'tool_use' as const, id: `c${index}`, name, input }))
    return {
      model: 'demo-policy',
      role: 'assistant',
      stopReason: calls.length > 0 ? 'toolUse' : 'endTurn',
      content: [{ type: 'text', text }, ...uses],
    }
  }

  async #answer({ params }: ElicitRequest): Promise<ElicitResult> {
    const related = params._meta?.[RELATED_TASK] as { readonly taskId: string }
    const { taskId, status } = await this.#client.experimental.tasks.getTask(related.taskId)
    this.questions.push({ taskId, status })
    this.#timeline.tell('person', `is asked, the task is ${status}: ${params.message} Answers: ${this.#address}`)
    return { action: 'accept', content: { url: this.#address } }
  }
}
