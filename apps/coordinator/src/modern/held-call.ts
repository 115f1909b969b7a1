import type { OpenQuestion } from '@longhaul/engine'
import { modern, type RequestId, type RpcResponse, toError, toResult } from '@longhaul/protocol'
import {
  type FinishedTask,
  type JsonObject,
  type LogMessage,
  LonghaulError,
  type Nudge,
  type Progress,
  type Task,
  type TaskEvent,
} from '@longhaul/task'
import { CLOSED_BY_CLIENT, callOff } from '../call-off.ts'
import { canAnswer } from '../can-answer.ts'
import type { Deps } from '../deps.ts'
import type { EventStream } from '../event-stream.ts'
import { FollowedTask } from '../followed-task.ts'
import { listenToModels } from '../listen-to-models.ts'
import { handleInstead, msLeft } from '../task-tools/handle.ts'
import type { Client } from './client.ts'
import type { Held } from './method.ts'
import { SERVER_INFO } from './server-info.ts'
import { takeResponses } from './take-responses.ts'

export interface HeldCallOptions {
  readonly client: Client
  readonly requestId: RequestId
  readonly held: Held
}

/**
 * A call whose client waits: progress and log messages meanwhile, then the result of its task. A question ends the
 * round; the client comes back with the answer and the state that it was given, to any coordinator (P13 to P20).
 */
export class HeldCall {
  readonly #deps: Deps
  readonly #options: HeldCallOptions
  readonly #stream: EventStream
  readonly #since = Date.now()
  readonly #task: FollowedTask
  /** Keys of questions to which the client's response has been given already. */
  readonly #given = new Set<string>()
  #told = Number.NEGATIVE_INFINITY
  #isAnswered = false
  #isLeaving = false

  constructor(deps: Deps, options: HeldCallOptions, stream: EventStream) {
    this.#deps = deps
    this.#options = options
    this.#stream = stream
    const { taskId, after } = options.held
    this.#task = new FollowedTask(deps, {
      taskId,
      after,
      onEvent: (event) => this.#onEvent(event),
      look: () => this.#look(),
      listen: () => {
        const least = options.client.envelope.logLevel
        return listenToModels(deps, { taskId, least, tell: (message) => this.#sendLog(message) })
      },
      isOver: () => this.#isAnswered || !stream.isOpen,
      isPatient: () => !this.#isLeaving,
    })
    void stream.closed.then(() => this.#task.lookAgain())
  }

  /** Lets the client wait on at another coordinator: this one ends. */
  end(): void {
    this.#isLeaving = true
    this.#task.lookAgain()
  }

  /** Resolves when the round is over. A client that closes it before cancels its call (R27). @throws what broke it */
  async run(): Promise<void> {
    this.#stream.open()
    try {
      await this.#task.follow()
      if (!this.#isAnswered) await this.#cancel()
    } catch (error) {
      this.#answer(toError(this.#options.requestId, modern.toModernError(error).body))
      if (!(error instanceof LonghaulError)) throw error
    } finally {
      this.#stream.end()
    }
  }

  /** Answers when there is an answer. @returns milliseconds that the client may still wait */
  async #look(): Promise<number> {
    const { engine, settings } = this.#deps
    const { client, held } = this.#options
    const task = await engine.inspectOutcome(client.principal, held.taskId)
    // A later round begins with how far the task has come.
    if (held.after === undefined && task.progress) this.#sendProgress(task.progress)
    await this.#task.catchUp(task.seq)
    await this.#lookAt(task)
    if (this.#isLeaving && !this.#isAnswered) await this.#goOnElsewhere()
    return msLeft({ since: this.#since, task }, settings)
  }

  async #lookAt(task: Task | FinishedTask): Promise<unknown> {
    const { engine } = this.#deps
    const { client } = this.#options
    if ('outcome' in task) return this.#answer(modern.toCallResponse(this.#options.requestId, task, SERVER_INFO))
    const canBeAsked = (question: OpenQuestion) => canAnswer(client.audience, question)
    const open = task.status === 'input_required' ? await engine.openQuestions(task) : []
    if (await this.#giveResponses(open)) return this.#look()
    if (this.#becomesTask(open)) return this.#answer(this.#toTaskResponse(task))
    const questions = open.filter(canBeAsked)
    if (questions.length > 0) {
      const keys = questions.map(({ wait }) => wait.key)
      return this.#endRound(keys, { inputRequests: modern.toInputRequests(questions) })
    }
    const { principal } = client
    const outcome = await handleInstead(this.#deps, { principal, task, since: this.#since, canBeAsked })
    if (outcome) this.#answer(modern.toCallResponse(this.#options.requestId, { ...task, outcome }, SERVER_INFO))
  }

  /** Each response of the client is given once to the question of its key. @returns whether there was one to give */
  async #giveResponses(open: readonly OpenQuestion[]): Promise<boolean> {
    const { client, held } = this.#options
    const { taskId, responses } = held
    const keys = open
      .map(({ wait }) => wait.key)
      .filter((key) => Object.hasOwn(responses, key) && !this.#given.has(key))
    for (const key of keys) this.#given.add(key)
    if (keys.length > 0) await takeResponses(this.#deps, client, { taskId, keys, responses })
    return keys.length > 0
  }

  /** Whether all that the tool asks before its work has been answered (U12). */
  #becomesTask(open: readonly OpenQuestion[]): boolean {
    const { taskAfter, asked } = this.#options.held
    const isAnswered = (key: string) =>
      (asked.includes(key) || this.#given.has(key)) && !open.some(({ wait }) => wait.key === key)
    return taskAfter.length > 0 && taskAfter.every(isAnswered)
  }

  #toTaskResponse(task: Task): RpcResponse {
    const created = modern.toModernTask(task, this.#deps.settings.pollIntervalMs)
    return toResult(this.#options.requestId, modern.toTyped('task', created, SERVER_INFO))
  }

  /** A state without questions: the client may come again at once (P20). */
  #goOnElsewhere(): Promise<void> {
    return this.#endRound([], {})
  }

  async #endRound(asked: readonly string[], round: JsonObject): Promise<void> {
    const { settings, secret } = this.#deps
    const { held, requestId } = this.#options
    const { taskId, bound } = held
    const expiresAt = Date.now() + settings.questionDeadlineMs
    const requestState = modern.sealState(
      { taskId, asked: [...held.asked, ...asked], expiresAt },
      bound,
      await secret(),
    )
    const result = modern.toTyped('input_required', { ...round, requestState }, SERVER_INFO)
    this.#answer(toResult(requestId, result))
  }

  #onEvent(event: TaskEvent | Nudge): void {
    if (this.#isAnswered) return
    if (event.type === 'progress') {
      this.#sendProgress(event.progress)
    } else if (event.type === 'log') {
      this.#sendLog(event)
    } else if (event.type === 'asked' || event.type === 'refused' || event.type === 'finished') {
      this.#task.lookAgain()
    }
  }

  #sendLog(event: LogMessage): void {
    const message = modern.toLogNotification(event, this.#options.client.envelope.logLevel)
    if (message && !this.#isAnswered) this.#stream.send(message)
  }

  /** Nothing is told that is not more than what was told before (F20). */
  #sendProgress(progress: Progress): void {
    const { progressToken } = this.#options.client.envelope
    if (progressToken === undefined || progress.progress <= this.#told) return
    this.#told = progress.progress
    this.#stream.send(modern.toProgressNotification(progressToken, progress))
  }

  #answer(response: RpcResponse): void {
    this.#isAnswered = true
    this.#stream.send(response)
  }

  async #cancel(): Promise<void> {
    const { client, held } = this.#options
    if (this.#deps.settings.onDisconnect === 'detach') return
    await callOff(this.#deps, { principal: client.principal, taskId: held.taskId, reason: CLOSED_BY_CLIENT })
  }
}
