import { createHash } from 'node:crypto'
import { RPC, RpcError } from '@longhaul/protocol'
import {
  type FinishedTask,
  isTerminal,
  type JsonObject,
  LonghaulError,
  type Task,
  type Unsubscribe,
} from '@longhaul/task'
import type { Deps } from '../deps.ts'
import type { Client } from './client.ts'
import { detail } from './tasks.ts'

export interface TaskWatchOptions {
  readonly client: Client
  readonly onTold: (detailedTask: JsonObject) => void
}

/** Tells tasks as they are now and whenever they have changed, each until it is over: then it changes no more. */
export class TaskWatch {
  readonly #deps: Deps
  readonly #options: TaskWatchOptions
  /** Tasks that are not known to be over, with a digest of the last that was told of each. */
  readonly #followed = new Map<string, string>()
  readonly #stops: Unsubscribe[] = []

  constructor(deps: Deps, options: TaskWatchOptions) {
    this.#deps = deps
    this.#options = options
  }

  /**
   * @param onNews told that a task may have changed
   * @returns the tasks that are followed: those that the client may read. Of others nothing is said, not even that there
   *   is none
   */
  async open(taskIds: readonly string[], onNews: (taskId: string) => void): Promise<readonly string[]> {
    const readable = await Promise.all([...new Set(taskIds)].map(async (id) => ((await this.#read(id)) ? [id] : [])))
    for (const taskId of readable.flat()) {
      this.#followed.set(taskId, '')
      this.#stops.push(await this.#deps.watch.watch(taskId, () => onNews(taskId)))
    }
    return this.tasks
  }

  async close(): Promise<void> {
    await Promise.all(this.#stops.map((stop) => stop()))
  }

  /** All that is still followed. */
  get tasks(): readonly string[] {
    return [...this.#followed.keys()]
  }

  async look(taskId: string): Promise<void> {
    if (!this.#followed.has(taskId)) return
    const task = await this.#read(taskId)
    const detailed = task && (await this.#detail(task))
    if (!detailed) return
    const digest = createHash('sha256').update(JSON.stringify(detailed)).digest('base64')
    if (this.#followed.get(taskId) === digest) return
    this.#followed.set(taskId, digest)
    if (isTerminal(detailed.status as Task['status'])) this.#followed.delete(taskId)
    this.#options.onTold(detailed)
  }

  /** Undefined while the task asks what this client cannot be asked (U39): it hears of what comes after that. */
  async #detail(task: Task | FinishedTask): Promise<JsonObject | undefined> {
    try {
      return await detail(this.#deps, this.#options.client, task)
    } catch (error) {
      if (error instanceof RpcError && error.code === RPC.missingCapability) return undefined
      throw error
    }
  }

  async #read(taskId: string): Promise<Task | FinishedTask | undefined> {
    try {
      return await this.#deps.engine.inspectOutcome(this.#options.client.principal, taskId)
    } catch (error) {
      if (error instanceof LonghaulError && error.code === 'task_not_found') return undefined
      throw error
    }
  }
}
