import { randomUUID } from 'node:crypto'
import { modern, type QuestionView, RpcError, type TaskView } from '@longhaul/protocol'
import { type Endpoint, Http, messagesOf } from '@longhaul/stdio'
import type { ElicitAnswer, JsonObject, JsonSchema, Owner, TaskEvent, ToolResult } from '@longhaul/task'
import { VERSION } from '../version.ts'

export type { QuestionView, TaskView }

export interface ListedTool {
  readonly name: string
  readonly inputSchema: JsonSchema
}

/** What a call comes to: a task, or the result of a tool that is none. */
export type Submitted =
  | { readonly kind: 'task'; readonly taskId: string }
  | { readonly kind: 'result'; readonly result: ToolResult }

/**
 * The verbs of an installation, over HTTP. Each may be made again when nobody knows whether it arrived.
 * @throws (all) UnreachableError; RpcError whose message says what to do
 */
export class TaskClient {
  readonly #http: Http
  #requests = 0

  constructor(endpoint: Endpoint) {
    this.#http = new Http(endpoint)
  }

  async listTools(): Promise<readonly ListedTool[]> {
    const tools: ListedTool[] = []
    for (let cursor: string | undefined; ; ) {
      const page = await this.#request<{ tools: readonly ListedTool[]; nextCursor?: string }>('tools/list', {
        ...(cursor && { cursor }),
      })
      tools.push(...page.tools)
      cursor = page.nextCursor
      if (cursor === undefined) return tools
    }
  }

  async submit(name: string, args: JsonObject, schema: JsonSchema): Promise<Submitted> {
    const _meta = { 'dev.longhaul/idempotencyKey': `cli-${randomUUID()}` }
    const headers = modern.toParamHeaders(schema, args)
    const { taskId, ...result } = await this.#request<{ taskId?: string } & ToolResult>(
      'tools/call',
      { name, arguments: args, _meta },
      headers,
    )
    return taskId === undefined ? { kind: 'result', result } : { kind: 'task', taskId }
  }

  async get(taskId: string): Promise<TaskView> {
    return (await this.#request<{ task: TaskView }>('longhaul/tasks/get', { taskId })).task
  }

  /** The newest, those whose numbers are more than `after`. */
  async events(taskId: string, after: number): Promise<readonly TaskEvent[]> {
    return (await this.#request<{ events: readonly TaskEvent[] }>('longhaul/tasks/events', { taskId, after })).events
  }

  /** The newest, of an owner whose tasks whoever calls may read; their own where none is named. */
  list(cursor?: string, owner?: Owner): Promise<{ readonly tasks: readonly TaskView[]; readonly nextCursor?: string }> {
    return this.#request('longhaul/tasks/list', { ...(cursor && { cursor }), ...(owner && { owner: { ...owner } }) })
  }

  /** Those whose questions whoever calls may answer, with these. */
  listAsking(cursor?: string): Promise<{ readonly tasks: readonly TaskView[]; readonly nextCursor?: string }> {
    return this.#request('longhaul/tasks/asking', { ...(cursor && { cursor }) })
  }

  async listDead(): Promise<readonly (TaskView & { readonly deaths: number })[]> {
    return (
      await this.#request<{ tasks: readonly (TaskView & { readonly deaths: number })[] }>('longhaul/tasks/dead', {})
    ).tasks
  }

  /** The task first, then all below it, oldest first. */
  async tree(taskId: string): Promise<readonly TaskView[]> {
    return (await this.#request<{ tasks: readonly TaskView[] }>('longhaul/tasks/tree', { taskId })).tasks
  }

  async answer(taskId: string, question: string, answer: ElicitAnswer): Promise<void> {
    await this.#request('longhaul/tasks/answer', { taskId, question, response: answer as unknown as JsonObject })
  }

  async cancel(taskId: string, reason?: string): Promise<TaskView> {
    const params = { taskId, ...(reason !== undefined && { reason }) }
    return (await this.#request<{ task: TaskView }>('longhaul/tasks/cancel', params)).task
  }

  async pause(taskId: string): Promise<TaskView> {
    return (await this.#request<{ task: TaskView }>('longhaul/tasks/pause', { taskId })).task
  }

  async resume(taskId: string): Promise<TaskView> {
    return (await this.#request<{ task: TaskView }>('longhaul/tasks/resume', { taskId })).task
  }

  async steer(taskId: string, message: string): Promise<TaskView> {
    const params = { taskId, message, key: randomUUID() }
    return (await this.#request<{ task: TaskView }>('longhaul/tasks/steer', params)).task
  }

  /** The new task. */
  async retry(taskId: string): Promise<TaskView> {
    return (await this.#request<{ task: TaskView }>('longhaul/tasks/retry', { taskId })).task
  }

  async #request<T>(method: string, params: JsonObject, more: Readonly<Record<string, string>> = {}): Promise<T> {
    this.#requests += 1
    const request = modern.composeRequest(method, params, { id: this.#requests, client: CLIENT })
    const response = await this.#http.send({
      method: 'POST',
      headers: { ...modern.toRequestHeaders(request), ...more },
      body: JSON.stringify(request),
      signal: new AbortController().signal,
    })
    for await (const { message } of messagesOf(response)) {
      if (message?.error) throw new RpcError(message.error.code, message.error.message, message.error.data)
      if (message?.result) return message.result as T
    }
    throw new Error('Longhaul ended its answer without one. Try again.')
  }
}

const CLIENT = { name: 'longhaul-cli', version: VERSION }
