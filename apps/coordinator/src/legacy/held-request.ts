import type { OpenQuestion } from '@longhaul/engine'
import {
  legacy,
  type RequestId,
  RpcError,
  type RpcRequest,
  type RpcResponse,
  toError,
  toResult,
  toRpcError,
  toToldError,
} from '@longhaul/protocol'
import type { SessionNotice } from '@longhaul/store'
import {
  type FinishedTask,
  type LogLevel,
  type LogMessage,
  LonghaulError,
  type Nudge,
  type Progress,
  randomId,
  type Task,
  type TaskEvent,
  type Unsubscribe,
} from '@longhaul/task'
import { CANCELLED_BY_CLIENT, CLOSED_BY_CLIENT, callOff } from '../call-off.ts'
import { canAnswer } from '../can-answer.ts'
import type { Deps } from '../deps.ts'
import { FollowedTask } from '../followed-task.ts'
import { isUnavailable } from '../is-unavailable.ts'
import { listenToModels } from '../listen-to-models.ts'
import type { MessageStream } from '../message-stream.ts'
import { handleInstead, msLeft } from '../task-tools/handle.ts'
import { HostedQuestions } from './hosted-questions.ts'
import { type ResumePoint, toEventId } from './resume-point.ts'
import { type Said, toSaid } from './said.ts'
import { showQuestions } from './show-questions.ts'
import { canBeAsked, logLevelOf, progressTokenFor, type Viewer } from './viewer.ts'

export interface Held {
  readonly viewer: Viewer
  readonly taskId: string
  /** The request that waits for the task's end. */
  readonly requestId: RequestId
  /** tasks/result: its caller knows of the task. A plain tools/call does not, and cancelling it cancels the task. */
  readonly isRelated: boolean
  /** Number of the last event of its task that came before the request. */
  readonly after?: number
  /** Where the task is over already: then there is nothing to wait for. */
  readonly finished?: FinishedTask
  /** Where a stream before this one ended. */
  readonly resumed?: ResumePoint
}

/**
 * Answers a request with the end of its task, however long that takes, and shows the task's questions and progress
 * meanwhile. Everything it knows is in the store and in its event ids, so it can break and go on anywhere.
 */
export class HeldRequest {
  readonly #deps: Deps
  readonly #held: Held
  readonly #stream: MessageStream
  readonly #id = randomId(9)
  readonly #since = Date.now()
  readonly #task: FollowedTask
  /** Open questions that the client has, from this stream or the one it continues, each with how often it was void. */
  readonly #shown: Map<string, number>
  readonly #hosted: HostedQuestions | undefined
  /** Whether the client is told to which task a question belongs. */
  #isRelated: boolean
  /** Set while this stream is the one that tells the progress. */
  #progressToken: string | number | undefined
  /** Until it is known for the first time whether it is, and may be told anything: an event may come before. */
  #firstLook: PromiseWithResolvers<void> | undefined = Promise.withResolvers<void>()
  #logLevel: LogLevel
  #events = 0
  #hasTakenOver = false
  #keptAt = Date.now()
  #isWithdrawn = false
  /** Answered, or withdrawn and given up. */
  #isDone = false

  constructor(deps: Deps, held: Held, stream: MessageStream) {
    this.#deps = deps
    this.#held = held
    this.#stream = stream
    this.#shown = new Map(held.resumed?.shown)
    this.#logLevel = logLevelOf(held.viewer)
    const { taskId, isRelated, resumed, viewer } = held
    this.#task = new FollowedTask(deps, {
      taskId,
      // Others may have told meanwhile what happened to a task that its caller knows of.
      after: held.after ?? (isRelated ? undefined : resumed?.seq),
      onEvent: (event) => this.#onEvent(event),
      listen: () => this.#listen(),
      look: () => this.#look(),
      isOver: () => this.#isDone || !stream.isOpen,
      isPatient: () => true,
    })
    this.#isRelated = isRelated && !viewer.session.knowsOwnTasksOnly
    const send = (request: RpcRequest) => this.#stream.send(request, this.#nextId())
    this.#hosted = viewer.hosting && new HostedQuestions({ deps, viewer, send })
    void stream.closed.then(() => {
      this.#hosted?.close()
      this.#task.lookAgain()
    })
  }

  /**
   * Resolves when the stream is over: answered, withdrawn, or left by the client.
   * @throws what broke it, after an answer that does not tell
   */
  async run(): Promise<void> {
    this.#stream.open()
    if (this.#held.viewer.features.priming) {
      this.#stream.prime(this.#nextId())
      this.#limitStream()
    }
    try {
      if (this.#held.finished) this.#answer(this.#toResponse(this.#held.finished))
      else await this.#task.follow()
      if (!this.#isDone) await this.#leave()
    } catch (error) {
      // A store that is away when the client has gone hears nothing of that.
      if (!isUnavailable(error)) this.#fail(error)
    } finally {
      this.#stream.end()
    }
  }

  /** A client that can resume does not need a connection of its own all the time (R12). */
  #limitStream(): void {
    const { streamMaxMs } = this.#deps.settings
    if (streamMaxMs === 0) return
    const timer = setTimeout(() => this.#stream.end(), streamMaxMs)
    void this.#stream.closed.then(() => clearTimeout(timer))
  }

  #fail(error: unknown): void {
    this.#answer(toError(this.#held.requestId, toRpcError(error)))
    if (!(error instanceof LonghaulError || error instanceof RpcError)) throw error
  }

  /** Answers when there is an answer, and shows what there is to show. @returns how long it may take, ms */
  async #look(): Promise<number> {
    const { engine, sessions, settings } = this.#deps
    const { viewer, taskId, isRelated } = this.#held
    await this.#takeOver()
    // It may have been withdrawn before this coordinator listened, and no message is sure to arrive.
    const isWithdrawn = sessions.isWithdrawn(viewer.session.id, this.#requestIdText())
    const looked = [engine.inspectOutcome(viewer.principal, taskId), isWithdrawn, this.#keepSession()] as const
    const [task, isNoted, isKept] = await Promise.all(looked)
    this.#isWithdrawn ||= isNoted
    await this.#claimProgress(task)
    await this.#task.catchUp(task.seq)
    const finished = 'outcome' in task ? task : await this.#handleInstead(task)
    if ('outcome' in task) await this.#hosted?.settle(taskId, [])
    if (this.#isWithdrawn) await this.#giveUp()
    else if (finished) this.#answer(this.#toResponse(finished))
    else if (!isKept) this.#stream.end()
    else if (this.#stream.isOpen) await this.#showTo(viewer, task)
    return isRelated ? Number.POSITIVE_INFINITY : msLeft({ since: this.#since, task }, settings)
  }

  /** From the stream that this one resumes. */
  async #takeOver(): Promise<void> {
    const { delivery, engine } = this.#deps
    const { taskId, viewer, resumed } = this.#held
    if (!resumed || this.#hasTakenOver) return
    // The event id is what a client sent: nothing is touched before it has shown its right.
    await engine.inspect(viewer.principal, taskId)
    await delivery.leave(taskId, resumed.stream)
    this.#hasTakenOver = true
  }

  /** Keeps the session now and then; the request itself has just done so. @returns whether it is still there */
  async #keepSession(): Promise<boolean> {
    const { sessions, settings } = this.#deps
    if (Date.now() - this.#keptAt < settings.deliveryLeaseMs / 3) return true
    this.#keptAt = Date.now()
    return sessions.keep(this.#held.viewer.session.id)
  }

  async #claimProgress(task: Task): Promise<void> {
    const token = progressTokenFor(this.#held.viewer, task)
    const tells = token !== undefined && (await this.#mayTell())
    this.#progressToken = tells ? token : undefined
    this.#firstLook?.resolve()
    this.#firstLook = undefined
  }

  /** Of a task that its caller knows of, the stream that told until now may have told what comes before the first look. */
  async #isToBeTold(): Promise<boolean> {
    if (this.#firstLook && this.#held.isRelated) return false
    await this.#firstLook?.promise
    return !this.#isDone
  }

  /** Other streams may be open for a task that its caller knows of, and one of them tells. */
  async #mayTell(): Promise<boolean> {
    const { taskId, isRelated } = this.#held
    return !isRelated || this.#deps.delivery.tell(taskId, this.#id, 'task')
  }

  async #showTo(viewer: Viewer, task: Task): Promise<void> {
    const { delivery } = this.#deps
    const { taskId } = this.#held
    if (!canBeAsked(viewer, task)) return
    await delivery.attend(taskId, this.#id, 'task')
    // What the client keeps of a question that is not open any more is called off.
    if (task.status === 'input_required' || this.#hosted) await this.#show(task)
  }

  /** A plain caller does not wait for ever. */
  async #handleInstead(task: Task): Promise<FinishedTask | undefined> {
    const { viewer, isRelated } = this.#held
    if (isRelated) return undefined
    const { principal, audience } = viewer
    const canBeAsked = (question: OpenQuestion) => canAnswer(audience, question)
    const outcome = await handleInstead(this.#deps, { principal, task, since: this.#since, canBeAsked })
    return outcome && { ...task, outcome }
  }

  #toResponse(task: FinishedTask): RpcResponse {
    const { viewer, taskId, requestId, isRelated } = this.#held
    const { features } = viewer
    try {
      if (task.head.serves) return toResult(requestId, legacy.toServedResult(task, features))
      return toResult(requestId, legacy.toCallToolResult(task.outcome, { taskId, isRelated, features }))
    } catch (error) {
      if (error instanceof RpcError || error instanceof LonghaulError) {
        return toError(requestId, toToldError(toRpcError(error), viewer.audience.url === true))
      }
      throw error
    }
  }

  #show(task: Task): Promise<void> {
    const send = (request: RpcRequest, key: string, voids: number) => {
      // Where it was not void since, the client still has the question from an earlier showing.
      const isHad = this.#shown.get(key) === voids
      this.#shown.set(key, voids)
      if (!isHad) this.#stream.send(request, this.#nextId())
    }
    const showing = { id: this.#id, kind: 'task', isRelated: this.#isRelated, hosted: this.#hosted, send } as const
    return showQuestions(this.#deps, task, this.#held.viewer, showing)
  }

  async #onEvent(event: TaskEvent | Nudge): Promise<void> {
    switch (event.type) {
      case 'progress':
        if (await this.#isToBeTold()) this.#sendProgress(event.progress)
        break
      case 'log':
      case 'elicited':
        await this.#sendSaid(event)
        break
      case 'resolved':
        this.#shown.delete(event.key)
        // The client may still keep it.
        if (this.#hosted) this.#task.lookAgain()
        break
      case 'refused':
      case 'asked':
      case 'finished':
      case 'look':
        this.#task.lookAgain()
    }
  }

  #sendProgress(progress: Progress): void {
    if (this.#progressToken === undefined) return
    const { viewer, taskId, isRelated } = this.#held
    const about = { features: viewer.features, ...(isRelated && { taskId }) }
    this.#stream.send(legacy.toProgressNotification(this.#progressToken, progress, about), this.#nextId())
  }

  async #sendSaid(event: Said): Promise<void> {
    if (!(await this.#isToBeTold())) return
    const { viewer, taskId, isRelated } = this.#held
    const message = toSaid(event, { viewer, logLevel: this.#logLevel, ...(isRelated && { taskId }) })
    if (!message || !(await this.#mayTell()) || this.#isDone) return
    this.#stream.send(message, this.#nextId())
  }

  async #listen(): Promise<Unsubscribe> {
    const { viewer, taskId } = this.#held
    const tell = (message: LogMessage) => void this.#sendSaid({ type: 'log', ...message }).catch(() => {})
    const stops = await Promise.all([
      this.#deps.watch.watchSession(viewer.session.id, (notice) => this.#onNotice(notice)),
      listenToModels(this.#deps, { taskId, least: this.#logLevel, tell }),
    ])
    return async () => {
      await Promise.all(stops.map((stop) => stop()))
    }
  }

  #onNotice(notice: SessionNotice): void {
    if (notice.type === 'log_level') this.#logLevel = notice.level
    if (notice.type === 'knows_own_tasks_only') this.#isRelated = false
    if (notice.type === 'hosted') this.#hosted?.learn(notice)
    if (notice.type === 'look' && notice.taskId === this.#held.taskId) this.#task.lookAgain()
    if (notice.type === 'closed') this.#stream.end()
    if (notice.type !== 'withdrawn' || notice.requestId !== this.#requestIdText()) return
    this.#isWithdrawn = true
    this.#task.lookAgain()
  }

  /** The client cancelled the request: no answer, and a plain call takes its task along. */
  async #giveUp(): Promise<void> {
    const { taskId, isRelated } = this.#held
    if (isRelated) await this.#deps.delivery.leave(taskId, this.#id)
    else await this.#callOff(CANCELLED_BY_CLIENT)
    this.#isDone = true
  }

  /** The stream broke off. A plain call can still be cancelled, and then nobody here hears of it: so it is noted. */
  async #leave(): Promise<void> {
    const { delivery, sessions, settings } = this.#deps
    const { viewer, taskId, isRelated } = this.#held
    // A client that is gone already leaves what it had come for, too.
    await this.#takeOver()
    await delivery.leave(taskId, this.#id)
    if (isRelated) return
    // A coordinator that ends is no client that leaves: that one comes back elsewhere.
    if (settings.onDisconnect === 'cancel' && this.#stream.isLeft) return this.#callOff(CLOSED_BY_CLIENT)
    const { id } = viewer.session
    const requestId = this.#requestIdText()
    // In this order: of leaving and cancelling, whichever comes second sees the other.
    await sessions.leaveCall(id, requestId, taskId)
    if (await sessions.isWithdrawn(id, requestId)) await this.#callOff(CANCELLED_BY_CLIENT)
  }

  #callOff(reason: string): Promise<void> {
    const { viewer, taskId } = this.#held
    return callOff(this.#deps, { principal: viewer.principal, taskId, reason })
  }

  #answer(response: RpcResponse): void {
    this.#isDone = true
    this.#hosted?.close()
    this.#stream.send(response, this.#nextId())
  }

  #requestIdText(): string {
    return JSON.stringify(this.#held.requestId)
  }

  #nextId(): string {
    const { taskId, requestId, isRelated } = this.#held
    this.#events++
    return toEventId({
      stream: this.#id,
      event: this.#events,
      taskId,
      requestId,
      isRelated,
      shown: [...this.#shown],
      ...(this.#task.last !== undefined && { seq: this.#task.last }),
    })
  }
}
